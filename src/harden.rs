//! What keeps values in this process: its heap is wiped, and nobody may look into it.

use zeroizing_alloc::ZeroAlloc;

/// Parsers and ciphers leave copies on the heap that no type of ours can wipe. A vault's whole text is wiped by this
/// alone: `zeroize` goes byte by byte.
#[global_allocator]
static HEAP: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// Makes this process undumpable: no core, and no other process of the same user reads its memory. What it
/// runs is dumpable again (prctl(2), PR_SET_DUMPABLE: reset by execve).
pub fn process() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
