//! Writes sample documents as XML and as PDF into a folder: `cargo run -p builder-einvoice
//! --example samples -- FOLDER`.

use std::path::PathBuf;

use builder_einvoice::{pdf, xml};

#[expect(clippy::unwrap_used, reason = "helpers of tests")]
#[path = "../tests/einvoice/samples/mod.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("expected a folder")?);
    std::fs::create_dir_all(&folder)?;
    for (name, document, look) in samples::all() {
        std::fs::write(folder.join(name).with_extension("xml"), xml(&document)?)?;
        let pdf = pdf(&document, &look)?;
        println!(
            "{name}: {} pages, {} bytes, missing {:?}",
            pdf.pages,
            pdf.bytes.len(),
            pdf.missing
        );
        std::fs::write(folder.join(name).with_extension("pdf"), pdf.bytes)?;
    }
    Ok(())
}
