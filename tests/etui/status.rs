//! `status`: one line for the prompt of a shell, which asks nothing, runs nothing and decrypts nothing; and
//! direnv, which loads an environment where a shell goes.

use std::fs;
use std::process::Command;

use crate::bench::{Bench, Ran};
use crate::terminal::driver::Terminal;

#[test]
fn it_is_one_line_and_decrypts_nothing() {
    let bench = Bench::linked();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · unlocked\n").says("");
    bench.etui(["status", "-g"]).prints("team acme · unlocked\n");
    // What cannot be decrypted is no matter.
    fs::write(bench.vault(), "no vault at all").unwrap();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · unlocked\n").says("");
    fs::remove_file(bench.key()).unwrap();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · no key\n").says("");
}

#[test]
fn a_command_that_prints_the_key_is_not_run_for_it() {
    let bench = Bench::linked();
    let command = ("ETUI_KEY_COMMAND", "touch ran; exit 1");
    bench.with(&[command], ["status"]).prints("team acme · project web · cluster gpu · key by command\n").says("");
    assert!(bench.with(&[command], ["status", "-j"]).ok().document()["unlocked"].is_null());
    assert!(!bench.work().join("ran").exists());
    // Unless another key comes first.
    let key = fs::read_to_string(bench.key()).unwrap();
    bench.with(&[command, ("ETUI_KEY", &key)], ["status", "-g"]).prints("team acme · unlocked\n");
}

#[test]
fn on_a_terminal_it_asks_nothing_about_a_link_of_others() {
    let bench = Bench::linked();
    fs::write(bench.work().join(".etui.toml"), "team = \"acme\"\nproject = \"api\"\n").unwrap();
    let left = Terminal::etui(&bench, ["status"]).ends();
    assert_eq!(left.code, 2, "{left:?}");
    assert!(left.screen.contains("etui link --accept") && !left.screen.contains('?'), "{left:?}");
}

/// As the README says it.
const ENVRC: &str =
    "watch_file .etui.toml \"$ETUI_HOME/acme.age\"\nenv=\"$(etui resolve --format shell)\" || exit\neval \"$env\"\n";

#[test]
#[ignore = "needs direnv"]
fn direnv_loads_the_environment_and_loads_it_again_when_the_vault_has_changed() {
    let bench = Bench::linked();
    bench.set("KEY", "it's\n$one \"value\"", &["-p", "web"]);
    fs::write(bench.work().join(".envrc"), ENVRC).unwrap();
    let here = std::path::Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap();
    let path = format!("{}:{}", here.display(), std::env::var("PATH").unwrap());
    let bash = |script: &str| {
        let mut bash = Command::new("bash");
        bench.dress(bash.args(["--norc", "-c", script])).env("PATH", &path).env("DIRENV_LOG_FORMAT", "");
        Ran::from(bash.output().unwrap())
    };
    bash("direnv allow").ok();
    bash("direnv exec . sh -c 'printf %s \"$KEY\"'").prints("it's\n$one \"value\"");
    // As the hook of a shell does it, before each prompt.
    let script = r#"hook() { eval "$(direnv export bash)"; }
        hook; echo "1 ${KEY#*one}"; export KEY=mine; hook; echo "2 $KEY"
        sleep 1.1; etui set KEY --value another -p web 2>/dev/null; hook; echo "3 $KEY"
        cd /; hook; echo "4 ${KEY-none}""#;
    bash(script).prints("1  \"value\"\n2 mine\n3 another\n4 none\n");
    // What cannot be resolved is an error, and no half of an environment.
    fs::remove_file(bench.key()).unwrap();
    let ran = bash("direnv exec . sh -c 'echo ran'");
    assert!(ran.code != 0 && ran.text().is_empty(), "{ran:?}");
}
