//! Stands in for `flagman_base::failure`: a panic is a failure of the model, and the end of the
//! process, which unwinds, is nobody's to catch.

pub use real_base::failure::CallFailure;

/// Calls `call`.
pub fn catch<T>(call: impl FnOnce() -> T) -> std::result::Result<T, String> {
    Ok(call())
}
