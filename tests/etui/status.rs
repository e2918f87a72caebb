//! `status`: one line for a shell prompt, without prompting, running or decrypting anything; and direnv,
//! which loads the environment of a directory.

use std::fs;
use std::process::Command;

use etui::keys::Identity;
use serde_json::json;

use crate::bench::{Bench, Outcome, lock};
use crate::terminal::driver::Terminal;

/// What `status` adds on standard error: the vault, and what is known of the key.
fn vault_and(bench: &Bench, key: &str) -> String {
    format!("vault: {}\n{key}", bench.vault().display())
}

#[test]
fn prints_one_line_and_decrypts_nothing() {
    let bench = Bench::linked();
    bench
        .etui(["status"])
        .prints("team acme · project web · cluster gpu · unlocked\n")
        .says(&vault_and(&bench, "key: it opens this vault; you are alice, a writer"));
    bench.etui(["status", "-g"]).prints("team acme · unlocked\n");
    // It works even if the vault cannot be decrypted.
    fs::write(bench.vault(), "no vault at all").unwrap();
    bench
        .etui(["status"])
        .prints("team acme · project web · cluster gpu · unlocked\n")
        .says(&vault_and(&bench, "key: it opens this vault; you are alice, a writer"));
    fs::remove_file(bench.key()).unwrap();
    bench
        .etui(["status"])
        .prints("team acme · project web · cluster gpu · no key\n")
        .says(&vault_and(&bench, "key: none on this laptop; new to the team? `etui join`"));
}

#[test]
fn a_command_that_prints_the_key_is_not_run() {
    let bench = Bench::linked();
    let command = ("ETUI_KEY_COMMAND", "touch ran; exit 1");
    bench
        .with(&[command], ["status"])
        .prints("team acme · project web · cluster gpu · key by command\n")
        .says(&vault_and(&bench, "key: the command in `ETUI_KEY_COMMAND` prints it, and was not run"));
    assert!(bench.with(&[command], ["status", "-j"]).ok().document()["unlocked"].is_null());
    assert!(!bench.work().join("ran").exists());
    // Unless another key has precedence.
    let key = fs::read_to_string(bench.key()).unwrap();
    bench.with(&[command, ("ETUI_KEY", &key)], ["status", "-g"]).prints("team acme · unlocked\n");
}

#[test]
fn says_whether_the_key_opens_the_vault_as_far_as_that_is_remembered() {
    let bench = Bench::linked();
    let fingerprint = bench.etui(["trust"]).ok().text().lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let document = || bench.etui(["status", "-j"]).ok().document();
    let known = |document: &serde_json::Value| {
        json!(["fingerprint", "member", "role", "opens", "unlocked"].map(|field| document[field].clone()))
    };
    assert_eq!(known(&document()), json!([fingerprint, "alice", "writer", true, true]));

    // A reader, and a key of nobody.
    let (own, reader, none) = (fs::read(bench.key()).unwrap(), Identity::generate(), Identity::generate());
    bench.etui(["member", "add", "ci", reader.recipient().as_str()]).ok();
    let status = |key: &[u8], says: &str| {
        fs::write(bench.key(), key).unwrap();
        bench.etui(["status", "-g"]).ok().says(&vault_and(&bench, says));
    };
    let text = |identity: &Identity| identity.print("2026-11-21T10:00:00Z".parse().unwrap()).as_bytes().to_vec();
    status(&text(&reader), "key: it opens this vault; you are ci, a reader");
    status(&text(&none), "key: not of a member of team acme, as this laptop last saw it; to become one: `etui join`");
    assert_eq!(document()["opens"], false);
    // What would take a passphrase is not known.
    status(
        &lock(std::str::from_utf8(&own).unwrap(), "secret"),
        "key: behind a passphrase, which was not asked for; to keep it open: `etui unlock`",
    );
    assert_eq!(known(&document()), json!([fingerprint, null, null, null, false]));
    // Nor whether a vault opens that this laptop has not seen.
    fs::write(bench.key(), &own).unwrap();
    fs::remove_dir_all(bench.home().join("state")).unwrap();
    let unseen = "key: whether it opens this vault is not known yet; this laptop has not opened it";
    bench.etui(["status", "--no-link"]).prints("team acme · unlocked\n").says(&vault_and(&bench, unseen));
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
