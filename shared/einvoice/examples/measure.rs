//! Measures the creation of one PDF with this many lines, in its own process: `cargo run --release
//! -p builder-einvoice --example measure -- LINES`.

use std::time::Instant;

use builder_einvoice::{Language, pdf};

#[expect(clippy::unwrap_used, reason = "helpers of tests")]
#[path = "../tests/einvoice/samples/mod.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines: usize = std::env::args().nth(1).ok_or("expected a number of lines")?.parse()?;
    let document = if lines == 0 { samples::all().swap_remove(12).1 } else { samples::many(lines) };
    let before = memory("VmHWM:")?;
    let start = Instant::now();
    let first = pdf(&document, &samples::look(Language::English))?;
    let cold = start.elapsed();
    let peak = memory("VmHWM:")?;
    let start = Instant::now();
    let second = pdf(&document, &samples::look(Language::English))?;
    let warm = start.elapsed();
    println!(
        "{lines} lines: {} pages, {} bytes; first {cold:.1?}, second {warm:.1?}; peak {peak} kB, \
         of which {before} kB before",
        first.pages,
        second.bytes.len()
    );
    Ok(())
}

/// Returns a value in kB from the kernel's status of this process.
fn memory(name: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}
