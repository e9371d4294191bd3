//! A plain text table. The first column is aligned to the left, the others (figures) to the right.

use std::fmt;

/// A heading and rows of the same length.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with only a heading.
    pub fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(ToString::to_string).collect()] }
    }

    /// Adds a row at the end.
    pub fn add(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        let lengths = self.rows.iter().filter_map(|row| row.get(column));
        lengths.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    fn cell(&self, column: usize, text: &str) -> String {
        let width = self.width(column);
        match column {
            0 => format!("{text:<width$}"),
            _ => format!("  {text:>width$}"),
        }
    }

    fn line(&self, row: &[String]) -> String {
        row.iter().enumerate().map(|(column, text)| self.cell(column, text)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| writeln!(f, "{}", self.line(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["program", "us"]);
        table.add(["floor".to_owned(), "10.5".to_owned()]);
        table.add(["x".to_owned(), "9.0".to_owned()]);
        assert_eq!(table.to_string(), "program    us\nfloor    10.5\nx         9.0\n");
    }
}
