//! Stands in for flagman's `registry`: what `roster` needs to know of an action.

use std::path::PathBuf;
use std::sync::Arc;

use crate::actor::Conduct;
use crate::scenario::Plans;

/// Where the plans come from.
pub(crate) type Registry = Plans;

#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: Arc<str>,
    pub(crate) source: Source,
}

#[derive(Clone, Debug)]
pub(crate) enum Source {
    InProcess { set_up: Conduct },
    Exec,
    Reload,
    Program(PathBuf),
}
