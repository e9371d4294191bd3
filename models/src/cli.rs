//! Stands in for flagman's command line, which has been read.

/// No mistake is left.
#[derive(Debug)]
pub(crate) enum Mistake {}

impl Mistake {
    pub(crate) fn sentence(&self) -> String {
        match *self {}
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenEmpty {
    Failure,
    Success,
}
