//! Keeping secrets out of swap, core files and debuggers. The one module where `unsafe` is allowed, for `mlock(2)`.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core files and attaching by other processes of the same user. Best effort: a system that refuses is not a reason to stop.
pub fn harden_process() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Locks the pages under `bytes` into memory. They stay locked until the process ends, since other keys may share them. Best effort: the limit
/// on locked memory may be small.
#[allow(unsafe_code)]
pub fn lock(bytes: &[u8]) {
    // SAFETY: mlock(2) reads no memory and changes none; the range is a live slice.
    let _ = unsafe { rustix::mm::mlock(bytes.as_ptr().cast_mut().cast(), bytes.len()) };
}
