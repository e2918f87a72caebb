//! Allocator, hardening, parse, run, exit code; nothing else.

use std::process::ExitCode;

use etui::cli::{Exit, Invocation};
use etui::process::end_like;
use zeroizing_alloc::ZeroAlloc;

/// Wipes memory when it is freed. Parsers and ciphers leave copies on the heap that no type of ours can wipe.
#[global_allocator]
static HEAP: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    harden();
    let invocation = Invocation::parse(std::env::args_os());
    // The refusal outlives exec(2), and nobody could debug the command in the place of etui.
    #[cfg(target_os = "macos")]
    if !invocation.becomes_command() {
        harden();
    }
    let (ui, result) = invocation.run();
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
#[cfg(target_os = "linux")]
fn harden() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Refuses debuggers (ptrace(2), PT_DENY_ATTACH). Under one, this ends the process. macOS writes cores only for those who
/// raise `ulimit -c`; to lower that here would lower it for every command that etui runs.
#[cfg(target_os = "macos")]
fn harden() {
    let _ = secmem_proc::components::disable_tracing_prctl();
}
