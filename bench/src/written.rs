//! Writes the report to a file: the printed tables, with plots.

use std::fs;
use std::path::Path;

use crate::failure::{During, Result};
use crate::plot;
use crate::targets::Figures;

/// Writes `benchmarks.md` and the plots (in the folder `benchmarks`) into `folder`.
///
/// # Errors
/// A file cannot be written.
pub fn write(folder: &Path, tables: &str, figures: &Figures) -> Result<()> {
    let plots = folder.join("benchmarks");
    let writing = || format!("write the report to {}", folder.display());
    fs::create_dir_all(&plots).during(writing)?;
    let title = "From the signal to the line, answered in the program itself";
    plot::distribution(&plots.join("latency.svg"), title, &figures.latencies)?;
    let title = "From the signal to the line of a program that is started for it";
    plot::distribution(&plots.join("exec.svg"), title, &figures.execs)?;
    plot::growth(
        &plots.join("growth-time.svg"),
        &plots.join("growth-memory.svg"),
        &figures.growth,
    )?;
    fs::write(folder.join("benchmarks.md"), page(tables)).during(writing)
}

fn page(tables: &str) -> String {
    // The path of flagman on this machine does not help readers of the page.
    let tables: String =
        tables.split_inclusive('\n').filter(|line| !line.starts_with("flagman: ")).collect();
    format!(
        "\
# Benchmarks

This page is written by `just bench`, which measures flagman beside the least that a program can do
(the floor) and beside every peer that is installed, in one run, in turn. Figures of two runs or two
machines are not to be compared; ratios within one are. What each program is stands in
`bench/src/programs.rs`; s6, execline, dash and dumb-init are Debian packages.

```
{tables}```

How many of all answers took how long:

![distribution of latencies](benchmarks/latency.svg)

![distribution of latencies with a program for each signal](benchmarks/exec.svg)

How time and memory grow from 1 to 1,000 actions in a bundle; all but the last one do nothing:

![time over actions](benchmarks/growth-time.svg)

![memory over actions](benchmarks/growth-memory.svg)
"
    )
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn the_page_has_the_tables_and_no_path_of_the_machine() {
        let page = page("machine: x\nflagman: /home/me/flagman\nflagman  1.0\n");
        assert!(page.contains("machine: x\nflagman  1.0\n"), "{page}");
        assert!(!page.contains("/home/me"), "{page}");
    }
}
