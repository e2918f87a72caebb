//! Parse, run, exit code; nothing else.

use std::process::ExitCode;

use etui::cli::{Asked, Cli};
use etui::commands::{Cx, end_like};
use etui::error::Error;
use etui::ui::{Color, Level, Ui};
use etui::vault::Timestamp;

fn main() -> ExitCode {
    etui::harden::process();
    let now = Timestamp::at(jiff::Timestamp::now());
    let (ui, result) = match Cli::parse_from(std::env::args_os()) {
        Asked::Command(cli, title) => {
            let options = cli.global.clone();
            let ui = Ui::new(options.json, options.yes, !cli.may_ask(), options.log_level, options.color, now)
                .reaching(title.trim_start_matches("etui "), options.team.as_deref(), options.vault.as_deref());
            let result = Cx::new(ui.clone(), options, title).and_then(|cx| cli.run(&cx));
            (ui, result)
        }
        Asked::Text(text) => {
            let ui = Ui::new(false, false, true, Level::Info, Color::Auto, now);
            let result = ui.data(text.as_bytes());
            (ui, result)
        }
        Asked::Wrong { json, message, hint } => {
            (Ui::new(json, false, true, Level::Info, Color::Auto, now), Err(Error::Usage { message, hint }))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui.error(&error);
            end_like(&error);
            ExitCode::from(error.report().exit)
        }
    }
}
