//! What the manual pages, the completions and the schema have from the command line's definition.
//!
//! The schema is generated as a whole. The other files are written by hand but for regions between two comments, `begin generated:
//! NAME` and `end generated: NAME`. The test here fails where such a region is behind; `just generate`
//! lets it write them. All of this is built for tests only: nothing of it is in the program.

mod completion;

mod file_page;

mod page;

mod schema;

use std::fs;
use std::path::PathBuf;

/// Set by `just generate`: the test then writes what is behind.
const REQUEST: &str = "FLAGMAN_GENERATE";

/// A part of a committed file that comes from the definition.
struct Region {
    file: &'static str,
    name: &'static str,
    text: fn() -> String,
}

const REGIONS: [Region; 12] = [
    Region { file: "man/flagman.1", name: "options", text: page::options },
    Region { file: "man/flagman.1", name: "words", text: page::words },
    Region { file: "man/flagman.1", name: "policies", text: page::policies },
    Region { file: "man/flagman.1", name: "actions", text: page::actions },
    Region { file: "man/flagman.1", name: "signals", text: page::signals },
    Region { file: "man/flagman.1", name: "exit statuses", text: page::exit_statuses },
    Region { file: "man/flagman.toml.5", name: "keys at the top", text: file_page::top },
    Region { file: "man/flagman.toml.5", name: "keys of a signal", text: file_page::signal },
    Region { file: "man/flagman.toml.5", name: "policies", text: file_page::policies },
    Region { file: "completions/flagman.bash", name: "options", text: completion::bash },
    Region { file: "completions/_flagman", name: "options", text: completion::zsh },
    Region { file: "completions/flagman.fish", name: "options", text: completion::fish },
];

/// The file that is generated as a whole.
const SCHEMA: &str = "schema/flagman.schema.json";

/// A file of the repository.
fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("cannot read {file}: {error}"))
}

impl Region {
    /// `committed` with this region as it should be.
    fn renew(&self, committed: &str) -> String {
        let Self { file, name, text } = self;
        let after = |mark: &str| {
            let mark = format!("{mark} generated: {name}\n");
            let at = committed.find(&mark).unwrap_or_else(|| panic!("{file} has no line {mark:?}"));
            at + mark.len()
        };
        let (begin, end) = (after("begin"), after("end"));
        // The last line of the region is the comment that ends it.
        let end = committed[..end - 1].rfind('\n').map_or(0, |newline| newline + 1);
        assert!(begin <= end, "{file}: the region `{name}` ends before it begins");
        format!("{}{}{}", &committed[..begin], text(), &committed[end..])
    }
}

#[test]
fn what_is_generated_from_the_command_line_is_not_behind() {
    let is_requested = std::env::var_os(REQUEST).is_some();
    let mut behind = Vec::new();
    for region in &REGIONS {
        let committed = read(region.file);
        let renewed = region.renew(&committed);
        if renewed != committed && is_requested {
            fs::write(path(region.file), renewed).expect("the file can be written");
        } else if renewed != committed {
            behind.push(format!("{} ({})", region.file, region.name));
        }
    }
    let schema = schema::schema();
    if is_requested {
        fs::write(path(SCHEMA), &schema).expect("the file can be written");
    } else if read(SCHEMA) != schema {
        behind.push(SCHEMA.to_owned());
    }
    let behind = behind.join(", ");
    assert_eq!(
        behind, "",
        "behind the command line: run `just generate`, and commit what it changes"
    );
}

#[test]
fn the_pages_bear_the_version_of_the_program() {
    let pages = [
        "man/flagman.1",
        "man/flagman.toml.5",
        "man/flagman-actions.7",
        "man/flagman-action-dnscheck.1",
    ];
    for file in pages {
        let page = read(file);
        let title = page.lines().find(|line| line.starts_with(".TH ")).unwrap_or_default();
        let version = format!("\"flagman {}\"", env!("CARGO_PKG_VERSION"));
        assert!(title.contains(&version), "{file}: the title `{title}` must name {version}");
    }
}
