//! Allocator, hardening, parse, run, exit code; nothing else.

use std::process::ExitCode;

use etui::cli::{Cli, Exit};
use etui::old::child::end_like;

fn main() -> ExitCode {
    etui::harden::process();
    let (ui, result) = Cli::parse_from(std::env::args_os()).run();
    match result {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Like(status)) => end_like(status),
        Err(error) => {
            ui.error(&error);
            ExitCode::from(error.kind().exit())
        }
    }
}
