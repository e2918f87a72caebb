//! `status`: one line for a shell prompt, without prompting, running or decrypting anything; and direnv,
//! which loads the environment of a directory.

use std::fs;
use std::process::Command;

use crate::bench::{Bench, Outcome};
use crate::terminal::driver::Terminal;

#[test]
fn prints_one_line_and_decrypts_nothing() {
    let bench = Bench::linked();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · unlocked\n").says("");
    bench.etui(["status", "-g"]).prints("team acme · unlocked\n");
    // It works even if the vault cannot be decrypted.
    fs::write(bench.vault(), "no vault at all").unwrap();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · unlocked\n").says("");
    fs::remove_file(bench.key()).unwrap();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · no key\n").says("");
}

#[test]
fn a_command_that_prints_the_key_is_not_run() {
    let bench = Bench::linked();
    let command = ("ETUI_KEY_COMMAND", "touch ran; exit 1");
    bench.with(&[command], ["status"]).prints("team acme · project web · cluster gpu · key by command\n").says("");
    assert!(bench.with(&[command], ["status", "-j"]).ok().document()["unlocked"].is_null());
    assert!(!bench.work().join("ran").exists());
    // Unless another key has precedence.
    let key = fs::read_to_string(bench.key()).unwrap();
    bench.with(&[command, ("ETUI_KEY", &key)], ["status", "-g"]).prints("team acme · unlocked\n");
}

#[test]
fn on_a_terminal_it_asks_nothing_about_a_foreign_link() {
    let bench = Bench::linked();
    fs::write(bench.work().join(".etui.toml"), "team = \"acme\"\nproject = \"api\"\n").unwrap();
    let left = Terminal::etui(&bench, ["status"]).ends();
    assert_eq!(left.code, 2, "{left:?}");
    assert!(left.screen.contains("etui link --accept") && !left.screen.contains('?'), "{left:?}");
}

/// The `.envrc` of the README.
const ENVRC: &str =
    "watch_file .etui.toml \"$ETUI_HOME/acme.age\"\nenv=\"$(etui resolve --format shell)\" || exit\neval \"$env\"\n";

#[test]
#[ignore = "needs direnv"]
fn direnv_loads_the_environment_and_reloads_it_after_a_change() {
    let bench = Bench::linked();
    bench.set("KEY", "it's\n$one \"value\"", &["-p", "web"]);
    fs::write(bench.work().join(".envrc"), ENVRC).unwrap();
    let here = std::path::Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap();
    let path = format!("{}:{}", here.display(), std::env::var("PATH").unwrap());
    let bash = |script: &str| {
        let mut bash = Command::new("bash");
        bench.as_user(bash.args(["--norc", "-c", script])).env("PATH", &path).env("DIRENV_LOG_FORMAT", "");
        Outcome::from(bash.output().unwrap())
    };
    bash("direnv allow").ok();
    bash("direnv exec . sh -c 'printf %s \"$KEY\"'").prints("it's\n$one \"value\"");
    // What the shell hook runs before each prompt.
    let script = r#"hook() { eval "$(direnv export bash)"; }
        hook; echo "1 ${KEY#*one}"; export KEY=mine; hook; echo "2 $KEY"
        sleep 1.1; etui set KEY --value another -p web 2>/dev/null; hook; echo "3 $KEY"
        cd /; hook; echo "4 ${KEY-none}""#;
    bash(script).prints("1  \"value\"\n2 mine\n3 another\n4 none\n");
    // A failed resolve is an error, and no partial environment is loaded.
    fs::remove_file(bench.key()).unwrap();
    let outcome = bash("direnv exec . sh -c 'echo ran'");
    assert!(outcome.code != 0 && outcome.text().is_empty(), "{outcome:?}");
}
