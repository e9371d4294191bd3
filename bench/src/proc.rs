//! Reads facts about the machine and its processes from `/proc` (proc(5)).

use std::fs;
use std::time::Duration;

use nix::unistd::Pid;

use crate::failure::{During, Failure, Result};

/// The memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Resident memory (Rss), in KiB: all pages in memory, shared pages in full.
    pub resident: u64,
    /// Proportional memory (Pss), in KiB: shared pages divided by the number of processes that
    /// share them.
    pub proportional: u64,
}

/// The current memory of `pid`. Both figures come from the page tables at one moment. `VmRSS` in
/// `/proc/PID/status` is less exact: it sums counters that may lag by some hundred KiB.
///
/// # Errors
/// The process has ended, or the kernel does not report a figure.
pub fn memory(pid: Pid) -> Result<Memory> {
    let fields = Fields::read(format!("/proc/{pid}/smaps_rollup"))?;
    Ok(Memory { resident: fields.number("Rss")?, proportional: fields.number("Pss")? })
}

/// The current number of threads of `pid`.
///
/// # Errors
/// The process has ended.
pub fn threads(pid: Pid) -> Result<u64> {
    Fields::read(format!("/proc/{pid}/status"))?.number("Threads")
}

/// The number of context switches of all threads of `pid` since they started.
///
/// # Errors
/// The process or one of its threads has ended.
pub fn context_switches(pid: Pid) -> Result<u64> {
    let tasks = format!("/proc/{pid}/task");
    let reading = || format!("read {tasks}");
    let mut sum = 0;
    for task in fs::read_dir(&tasks).during(reading)? {
        let status = format!("{}/status", task.during(reading)?.path().display());
        let fields = Fields::read(status)?;
        sum += fields.number("voluntary_ctxt_switches")?;
        sum += fields.number("nonvoluntary_ctxt_switches")?;
    }
    Ok(sum)
}

/// The processor time of all threads of `pid` since they started, in nanoseconds (the first number
/// of `/proc/PID/schedstat`).
///
/// # Errors
/// The process or one of its threads has ended.
pub fn processor_time(pid: Pid) -> Result<Duration> {
    let tasks = format!("/proc/{pid}/task");
    let reading = || format!("read {tasks}");
    let mut sum = 0;
    for task in fs::read_dir(&tasks).during(reading)? {
        let path = task.during(reading)?.path().join("schedstat");
        let text = fs::read_to_string(&path).during(reading)?;
        let word = text.split_whitespace().next().unwrap_or_default();
        sum += word.parse::<u64>().during(reading)?;
    }
    Ok(Duration::from_nanos(sum))
}

/// The anonymous memory of `pid`, in KiB: memory that is not backed by a file.
///
/// # Errors
/// The process has ended.
pub fn anonymous(pid: Pid) -> Result<u64> {
    Fields::read(format!("/proc/{pid}/smaps_rollup"))?.number("Anonymous")
}

/// The number of open file descriptors of `pid`.
///
/// # Errors
/// The process has ended.
pub fn descriptors(pid: Pid) -> Result<usize> {
    let path = format!("/proc/{pid}/fd");
    Ok(fs::read_dir(&path).during(|| format!("read {path}"))?.count())
}

/// The number of zombies among the children of `pid`: they have ended and have not been reaped.
///
/// # Errors
/// The process has ended.
pub fn zombies_of(pid: Pid) -> Result<usize> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = fs::read_to_string(&path).during(|| format!("read {path}"))?;
    let is_zombie = |child: &&str| {
        let status = Fields::read(format!("/proc/{child}/status")).ok();
        let state = status.as_ref().and_then(|status| status.value("State"));
        state.is_some_and(|state| state.starts_with('Z'))
    };
    Ok(children.split_whitespace().filter(is_zombie).count())
}

/// Describes the machine in a few lines. Figures of two machines cannot be compared.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processors = Fields::read("/proc/cpuinfo".to_owned()).ok();
    let model = processors.as_ref().and_then(|fields| fields.value("model name"));
    let model = model.unwrap_or("unknown");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease");
    let kernel = kernel.as_deref().map_or("unknown", str::trim);
    format!("machine: {cores} cores, {model}\nkernel:  {kernel}\n")
}

/// A file of lines of the form `name: value`.
struct Fields {
    path: String,
    text: String,
}

impl Fields {
    fn read(path: String) -> Result<Self> {
        let text = fs::read_to_string(&path).during(|| format!("read {path}"))?;
        Ok(Self { path, text })
    }

    fn value(&self, name: &str) -> Option<&str> {
        let mut pairs = self.text.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = pairs.find(|(found, _)| found.trim_end() == name)?;
        Some(value.trim())
    }

    fn number(&self, name: &str) -> Result<u64> {
        let word = self.value(name).and_then(|value| value.split_whitespace().next());
        let missing = || Failure::new(format!("read {name} in {}", self.path), "it has no number");
        word.and_then(|word| word.parse().ok()).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::child::{Child, detached};

    fn fields(text: &str) -> Fields {
        Fields { path: "test".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let fields = fields("Rss:\t    1604 kB\nvoluntary_ctxt_switches:\t7\n");
        assert_eq!(fields.number("Rss").unwrap(), 1604);
        assert_eq!(fields.number("voluntary_ctxt_switches").unwrap(), 7);
        assert!(fields.number("ctxt_switches").is_err());
    }

    #[test]
    fn blanks_before_the_colon_are_not_part_of_the_name() {
        assert_eq!(fields("model name\t: CPU @ 2:1\n").value("model name"), Some("CPU @ 2:1"));
    }

    #[test]
    fn a_sleeping_process_can_be_read() {
        let child = Child::spawn(detached("sleep").arg("1000")).unwrap();
        let memory = memory(child.pid()).unwrap();
        assert!(0 < memory.proportional && memory.proportional <= memory.resident);
        assert_eq!(threads(child.pid()).unwrap(), 1);
        context_switches(child.pid()).unwrap();
        // The kernel updates this time when it takes a process off its processor. That happens
        // soon.
        while processor_time(child.pid()).unwrap() == Duration::ZERO {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_process_that_is_gone_is_a_failure() {
        assert!(memory(Pid::from_raw(i32::MAX)).is_err());
    }
}
