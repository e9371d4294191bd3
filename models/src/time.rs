//! Stands in for `nix::time`: the clock of the model.

pub use real_nix::sys::time::TimeSpec;
pub use real_nix::time::ClockId;

/// The time of the model, whichever clock is asked for.
///
/// # Errors
/// None.
pub fn clock_gettime(_: ClockId) -> crate::Result<TimeSpec> {
    Ok(crate::kernel::kernel().now().into())
}
