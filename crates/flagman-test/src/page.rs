//! The code blocks of the documentation, so that a test runs what a page says and not a copy of it.

use std::fs;
use std::path::Path;

/// The fenced code blocks of a page, such as `README.md`, between the heading `heading` and the next
/// heading of any level. A block is its lines without the fences. Blocks at the top of a page are below
/// its title.
#[track_caller]
pub fn blocks(page: &str, heading: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let blocks = of(&text, heading);
    blocks.unwrap_or_else(|| panic!("{page} has no heading `{heading}`"))
}

fn of(text: &str, heading: &str) -> Option<Vec<String>> {
    let (mut found, mut fenced) = (None::<Vec<String>>, false);
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
            if let (true, Some(blocks)) = (fenced, &mut found) {
                blocks.push(String::new());
            }
        } else if fenced {
            if let Some(block) = found.as_mut().and_then(|blocks| blocks.last_mut()) {
                *block += line;
                block.push('\n');
            }
        } else if line.starts_with('#') {
            if found.is_some() {
                break;
            }
            if line.trim_start_matches('#').trim() == heading {
                found = Some(Vec::new());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::of;

    const PAGE: &str = "# a\ntext\n```sh\n# one\ntwo\n```\n```\nthree\n```\n## b\n```\nfour\n```\n";

    #[test]
    fn the_blocks_below_a_heading_end_at_the_next_one_and_a_comment_in_a_block_is_none() {
        assert_eq!(of(PAGE, "a").expect("a heading"), ["# one\ntwo\n", "three\n"]);
        assert_eq!(of(PAGE, "b").expect("a heading"), ["four\n"]);
        assert_eq!(of(PAGE, "one"), None);
    }
}
