//! Stands in for flagman's `pid_file`: nobody asks for one.

use std::fmt;

/// None is refused.
#[derive(Debug)]
pub(crate) enum Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
