//! `doctor`: prints the findings.

use anyhow::{Result, bail};
use builder_local::Options;
use builder_local::doctor::{self, Verdict};

/// Prints a line for each check.
///
/// # Errors
/// If a check found a problem; the program's exit code is then 1.
pub(super) fn report(options: &Options) -> Result<()> {
    let findings = doctor::examine(options);
    for finding in &findings {
        let mark = match finding.verdict {
            Verdict::Good => "ok",
            Verdict::Optional => "optional",
            Verdict::Problem => "PROBLEM",
        };
        println!("{mark:<9} {:<13} {}", finding.what, finding.found);
    }
    match findings.iter().filter(|finding| finding.verdict == Verdict::Problem).count() {
        0 => Ok(()),
        problems => bail!("{problems} of {} checks found a problem; see above", findings.len()),
    }
}
