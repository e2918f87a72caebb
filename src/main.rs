//! Parse, run, exit code; nothing else.

use std::process::ExitCode;

use clap::error::ErrorKind;
use etui::cli::Cli;
use etui::commands::Cx;
use etui::ui::Ui;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    // Prompts and scripts ask for the version alone so often that it must not wait for the grammar.
    if let [_, only] = &arguments[..]
        && (only == "--version" || only == "-V")
    {
        println!("etui {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    let asks_json = arguments.iter().any(|argument| argument == "-j" || argument == "--json");
    let (cli, title) = match Cli::parse_from(arguments.iter().cloned()) {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error, asks_json),
    };
    let now = etui::vault::Timestamp::at(jiff::Timestamp::now());
    let options = cli.global.clone();
    let ui = Ui::new(options.json, options.yes, options.no_input, options.log_level, options.color, now);
    let result = Cx::new(ui.clone(), options, title).and_then(|cx| cli.run(&cx));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui.error(&error);
            ExitCode::from(error.report().exit)
        }
    }
}

/// What was typed is no command of ours, or asks for help.
fn refuse(error: &clap::Error, json: bool) -> ExitCode {
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if json && !is_answer {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let document = serde_json::json!({"error": {
            "code": "usage", "exit": 2, "message": message, "hint": "etui --help",
        }});
        eprintln!("{document}");
    } else {
        // A closed pipe is no reason to fail: whoever asked for the help has seen enough of it.
        let _ = error.print();
    }
    ExitCode::from(if is_answer { 0 } else { 2 })
}
