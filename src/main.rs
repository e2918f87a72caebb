//! Allocator, hardening, parse, run, exit code; nothing else.

use std::process::ExitCode;

use etui::cli::{Exit, Invocation};
use etui::process::end_like;
use zeroizing_alloc::ZeroAlloc;

/// Wipes memory when it is freed. Parsers and ciphers leave copies on the heap that no type of ours can wipe.
#[global_allocator]
static HEAP: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    harden();
    let (ui, result) = Invocation::parse(std::env::args_os()).run();
    match result {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Like(status)) => end_like(status),
        Err(error) => {
            ui.error(&error);
            ExitCode::from(error.kind().exit())
        }
    }
}

/// Makes this process undumpable: it leaves no core, and no other process of the same user can read its memory. A
/// command that it runs is dumpable again (prctl(2), PR_SET_DUMPABLE: execve resets it).
fn harden() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
