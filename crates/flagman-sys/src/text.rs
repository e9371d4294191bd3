//! The program's own code, as far as it is in memory.

use std::ffi::c_void;

/// Gives back the pages of this program's code and constants (`madvise(2)`, `MADV_DONTNEED`). What is
/// needed again is mapped again when it is next used, from the file, which the kernel keeps in its cache as
/// long as it has room. Call it when the program is set up: about half of it was only needed for that.
///
/// Pages that can be written to, and those of shared libraries, are left alone. Does not block, and does
/// nothing where the kernel refuses it. A debugger's breakpoints are lost.
pub fn give_back_code() {
    // SAFETY: the function that is called back takes what dl_iterate_phdr passes to it, and keeps
    // nothing of it; the pointer to data is not used.
    unsafe { libc::dl_iterate_phdr(Some(of_object), std::ptr::null_mut()) };
}

/// Called for each object in memory; the program itself comes first (`dl_iterate_phdr(3)`).
unsafe extern "C" fn of_object(
    object: *mut libc::dl_phdr_info,
    _: libc::size_t,
    _: *mut c_void,
) -> libc::c_int {
    // SAFETY: dl_iterate_phdr passes a valid description, whose headers are dlpi_phnum many.
    let (base, headers) = unsafe {
        let object = &*object;
        (object.dlpi_addr, std::slice::from_raw_parts(object.dlpi_phdr, object.dlpi_phnum.into()))
    };
    for header in headers {
        let is_constant = header.p_flags & libc::PF_W == 0 && header.p_flags & libc::PF_R != 0;
        if header.p_type == libc::PT_LOAD && is_constant {
            give_back(base + header.p_vaddr, header.p_memsz);
        }
    }
    // No further object.
    1
}

/// Gives back the whole pages of a segment that nobody writes to.
fn give_back(start: u64, size: u64) {
    // SAFETY: this call of sysconf takes an integer and touches no memory of ours.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page) = u64::try_from(page) else { return };
    let (first, end) = (start.next_multiple_of(page), (start + size) / page * page);
    let (Ok(first), Ok(length)) =
        (usize::try_from(first), usize::try_from(end.saturating_sub(first)))
    else {
        return;
    };
    if length > 0 {
        let first = std::ptr::with_exposed_provenance_mut::<c_void>(first);
        // SAFETY: the range is a read-only mapping of this program's file, so each page has the same
        // content when it is mapped again. That it fails changes nothing.
        unsafe { libc::madvise(first, length, libc::MADV_DONTNEED) };
    }
}

#[cfg(test)]
mod tests {
    use super::give_back_code;

    /// The KiB of this program's file that are in memory and mapped here.
    fn mapped() -> u64 {
        let program = std::env::current_exe().expect("it has a path");
        let maps = std::fs::read_to_string("/proc/self/smaps").expect("the kernel lists them");
        let (mut is_ours, mut sum) = (false, 0);
        for line in maps.lines() {
            if line.split(' ').next().is_some_and(|range| range.contains('-')) {
                is_ours = line.contains(" r-xp ") && line.ends_with(&*program.to_string_lossy());
            } else if let Some(size) = line.strip_prefix("Rss:").filter(|_| is_ours) {
                sum += size.trim().trim_end_matches(" kB").parse::<u64>().expect("a number");
            }
        }
        sum
    }

    #[test]
    fn code_that_is_not_needed_is_not_mapped_any_more_and_the_rest_goes_on() {
        let before = mapped();
        give_back_code();
        let after = mapped();
        assert!(after < before, "{before} KiB, and then {after}");
        assert!(mapped() > 0, "this very code is mapped again");
    }
}
