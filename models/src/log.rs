//! Stands in for flagman's `log`: lines are part of the story, and none is written after the last
//! words, whose writer never lets go of the sink.

use std::fmt::Arguments;

use log::{Log, Metadata, Record};

use crate::kernel::kernel;

pub(crate) const CORE: &str = "flagman.core";
pub(crate) const CLI: &str = "flagman.cli";
pub(crate) const SYSTEMD: &str = "flagman.systemd";

struct Logger;

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        kernel().log(record.args().to_string());
    }

    fn flush(&self) {}
}

/// Makes this the process's log.
pub(crate) fn install() {
    log::set_logger(&Logger).expect("there is no other");
}

/// Fields are for JSON, which nobody asks for here.
pub(crate) enum Fields<'a> {
    Never(std::convert::Infallible, std::marker::PhantomData<&'a ()>),
}

impl Fields<'_> {
    pub(crate) fn text(&mut self, _: &str, _: &str) {}

    pub(crate) fn number(&mut self, _: &str, _: impl Into<i128>) {}

    pub(crate) fn null(&mut self, _: &str) {}

    pub(crate) fn object(&mut self, _: &str, _: impl FnOnce(&mut Fields<'_>)) {}

    pub(crate) fn list<T>(
        &mut self,
        _: &str,
        _: impl IntoIterator<Item = T>,
        _: impl Fn(T, &mut Fields<'_>),
    ) {
    }
}

pub(crate) fn record(
    level: log::Level,
    part: &str,
    message: Arguments<'_>,
    _: &dyn Fn(&mut Fields<'_>),
) {
    log::log!(target: part, level, "{message}");
}

/// The scenario says what is logged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verbosity;

pub(crate) fn set(_: Verbosity) {}

pub(crate) fn critical(_: &str, message: Arguments<'_>) {
    kernel().log(message.to_string());
}

pub(crate) fn last_words(_: &str, message: Arguments<'_>) {
    kernel().last_words(message.to_string());
}

pub(crate) fn escape(text: &str) -> String {
    text.to_owned()
}
