//! Ten attacks through everything that opens a vault without being a command about secrets: merges, `sync`, the
//! console, completions, git's diff and the guard.

use std::fs;

use super::{Attack, Team, forged, git};
use crate::bench::{Bench, bytes};

const TEN: [&str; 10] = [
    "signed by a stranger in alice's name",
    "another founder's vault of the same id",
    "signed by a removed member, who emptied the list of removed members",
    "signed by a member through a removed one",
    "puppets who endorse each other, one of them seen before",
    "a hidden recipient: bob's key with another recipient",
    "a removed recipient in capitals",
    "a head with a field twice",
    "a head with hidden tables",
    "a newer one, to one member",
];

fn ten(team: &Team) -> Vec<Attack> {
    let mut all = forged::all(team);
    all.retain(|attack| TEN.contains(&attack.what));
    assert_eq!(all.len(), TEN.len());
    all
}

/// Nothing that the vault or a forged one holds was printed, and no pin moved.
#[track_caller]
fn silent(team: &Team, what: &str, printed: &str) {
    for text in ["the-second", "'one'", "HIDDEN"] {
        assert!(!printed.contains(text), "{what}: {printed}");
    }
    // As a word, since a fingerprint may hold any three letters.
    let mut words = printed.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/');
    assert!(!words.any(|word| word == "gpu"), "{what}: {printed}");
    assert!(bytes(team.bench.pins()) == team.good.pins, "{what}: the pins moved");
}

#[test]
fn merges_refuse_them() {
    let team = Team::in_git();
    let old = team.sealed(&super::written_by(team.with_dan.clone(), "alice", &team.alice));
    let side = |name: &str, bytes: &[u8]| fs::write(team.bench.work().join(name), bytes).unwrap();
    for Attack { what, file, code, message } in ten(&team) {
        side("other.age", &file);
        team.refuses(what, (code, message), "merge other.age");

        for base in [&b""[..], &old] {
            side("base", base);
            side("ours", &team.good.vault);
            let merged = team.bench.etui(["git", "merge-driver", "base", "ours", "other.age", "acme.age"]);
            let note = "note: git keeps all versions; once this is fixed: `etui git resolve`";
            assert_eq!((merged.code, merged.text()), (code, ""), "{what}: {merged:?}");
            assert!(merged.err.contains(message) && merged.err.contains(note), "{what}: {merged:?}");
            assert!(bytes(team.bench.work().join("ours")) == team.good.vault, "{what}");
            silent(&team, what, &merged.err);
        }
    }
}

#[test]
fn sync_neither_commits_nor_pushes_nor_keeps_them() {
    let team = Team::in_git();
    let head = || team.git("rev-parse HEAD origin/main").out;
    let before = head();
    let attacks = ten(&team);
    for Attack { what, file, code, message } in &attacks {
        fs::write(&team.file, file).unwrap();
        let synced = team.bench.etui(["sync"]);
        assert_eq!((synced.code, synced.text()), (*code, ""), "{what}: {synced:?}");
        assert!(synced.err.contains(message), "{what}: {synced:?}");
        assert!(head() == before, "{what}");
        silent(&team, what, &synced.err);
    }

    // Somebody with push access and without a key pushes them.
    let mallory = Bench::new();
    git(&mallory, &format!("clone -q {} .", team.bench.work().join("../hub").display()));
    for Attack { what, file, code, message } in &attacks[..3] {
        fs::write(mallory.work().join("acme.age"), file).unwrap();
        git(&mallory, "commit -q -a -m forged");
        git(&mallory, "push -q -f origin HEAD:main");
        team.git("checkout -q -f main");
        let synced = team.bench.etui(["sync"]);
        assert_eq!((synced.code, synced.text()), (*code, ""), "{what}: {synced:?}");
        assert!(synced.err.contains(message), "{what}: {synced:?}");
        silent(&team, what, &synced.err);
        team.refuses(what, (*code, message), "get A -g");
        team.git("reset -q --hard HEAD~1");
        git(&mallory, "reset -q --hard HEAD~1");
    }
    team.bench.etui(["get", "A", "-g"]).prints("the-second").says("");
}

#[test]
fn completions_and_git_show_nothing_of_them() {
    let team = Team::in_git();
    for Attack { what, file, .. } in ten(&team) {
        fs::write(&team.file, file).unwrap();
        for line in ["get -g ", "member remove ", "resolve -c "] {
            let words = format!("etui {line}");
            let at = words.split(' ').count() - 1;
            let variables =
                [("ETUI_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", &*at.to_string()), ("_CLAP_IFS", "\n")];
            let completed = team.bench.with(&variables, ["--"].into_iter().chain(words.split(' '))).ok().says("");
            let names: Vec<&str> = completed.text().lines().filter(|word| !word.starts_with('-')).collect();
            assert_eq!(names, [""; 0], "{what}: {line}");
            silent(&team, what, completed.text());
        }
        // Its members were in order once, so git shows the names in it, as of every version.
        let was_valid = what.starts_with("signed by a removed") || what.starts_with("signed by a member through");
        let shown = team.bench.etui(["git", "textconv", "acme.age"]).ok().says("");
        let is_hidden = shown.text().starts_with("a vault that cannot be shown (") && shown.text().lines().count() == 1;
        assert_eq!(is_hidden, !was_valid, "{what}: {}", shown.text());
        assert!(!shown.text().contains("the-second") && bytes(team.bench.pins()) == team.good.pins, "{what}");
    }
}

#[test]
fn the_guard_does_not_search_with_them() {
    let team = Team::in_git();
    team.bench.etui(["guard", "install", "--strict"]).ok();
    let head = team.git("rev-parse HEAD").out;
    for Attack { what, file, code, message } in ten(&team) {
        fs::write(&team.file, file).unwrap();
        fs::write(team.bench.work().join("code"), what).unwrap();
        team.git("add -A");
        let committed = team.bench.sh("git -c user.name=a -c user.email=a@b commit -q -m x");
        assert_ne!(committed.code, 0, "{what}");
        assert!(team.git("rev-parse HEAD").out == head, "{what}");
        silent(&team, what, &committed.err);
        team.refuses(what, (code, message), "scan --staged");
        team.refuses(what, (code, message), "scan code");
    }
}

const FEW: [&str; 3] = ["signed by a stranger", "signed by a removed member", "a newer one, to one member"];

/// Neither a merge of a stray copy nor git's driver takes what is in `other.age`.
#[track_caller]
fn merges_refuse_it(team: &Team, what: &str, (code, message): (i32, &str)) {
    team.refuses(what, (code, message), "merge other.age");
    for (name, side) in [("base", &b""[..]), ("ours", &team.good.vault)] {
        fs::write(team.bench.work().join(name), side).unwrap();
    }
    let merged = team.bench.etui(["git", "merge-driver", "base", "ours", "other.age", "acme.age"]);
    assert_eq!((merged.code, merged.text()), (code, ""), "{what}: {merged:?}");
    assert!(merged.err.contains(message), "{what}: {merged:?}");
    assert!(bytes(team.bench.work().join("ours")) == team.good.vault, "{what}");
    assert!(bytes(team.bench.pins()) == team.good.pins, "{what}: the pins moved");
}

/// What a removed member wrote in a section is kept beside the good version, and does not count. Whoever merges may not
/// be able to tell the two apart.
#[track_caller]
fn counts_for_nothing(team: &Team, what: &str) {
    team.bench.etui(["merge", "other.age"]).ok();
    let read = team.bench.etui(["get", "A", "-c", "gpu"]).prints("the-second");
    assert!(read.err.contains("it does not count"), "{what}: {read:?}");
    fs::write(&team.file, &team.good.vault).unwrap();
    fs::write(team.bench.pins(), &team.good.pins).unwrap();
}

/// The same in the place of an inner vault, one of each kind, also through commands that read all sections.
#[test]
fn a_forged_inner_vault_is_refused_everywhere_too() {
    let team = Team::closed_in_git();
    let mut attacks = ten(&team);
    attacks.retain(|attack| FEW.iter().any(|few| attack.what.starts_with(few)));
    assert_eq!(attacks.len(), FEW.len());
    // The section itself is no secret, and messages name it.
    let hidden = |what: &str, printed: &str| {
        assert!(!printed.contains("the-second") && !printed.contains("'one'"), "{what}: {printed}");
        assert!(bytes(team.bench.pins()) == team.good.pins, "{what}: the pins moved");
    };
    for Attack { what, file, code, message } in attacks {
        fs::write(team.bench.work().join("other.age"), &file).unwrap();
        if what.starts_with("signed by a removed member") {
            counts_for_nothing(&team, what);
        } else {
            merges_refuse_it(&team, what, (code, message));
        }

        fs::write(&team.file, &file).unwrap();
        fs::write(team.bench.work().join("code"), what).unwrap();
        for command in ["scan code", "redact", "explain A -c gpu", "sync"] {
            let refused = team.bench.etui(command.split(' '));
            assert_eq!((refused.code, refused.text()), (code, ""), "{what}: {command}: {refused:?}");
            assert!(refused.err.contains(message), "{what}: {command}: {refused:?}");
            hidden(what, &refused.err);
        }
        let variables = [("ETUI_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "4"), ("_CLAP_IFS", "\n")];
        let completed = team.bench.with(&variables, ["--", "etui", "get", "-c", "gpu", ""]).ok().says("");
        hidden(what, completed.text());
        let shown = team.bench.etui(["git", "textconv", "acme.age"]).ok();
        hidden(what, shown.text());
        fs::write(&team.file, &team.good.vault).unwrap();
    }
}

#[cfg(feature = "ui")]
#[test]
fn the_console_shows_nothing_of_them() {
    use serde_json::json;

    let team = Team::in_git();
    let mut server = crate::console::page::Server::start(&team.bench, &[]);
    let page = server.enter();
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme");
    for Attack { what, file, code, .. } in ten(&team) {
        fs::write(&team.file, &file).unwrap();
        for (path, asked) in [
            ("/api/vault", json!({})),
            ("/api/secret/reveal", json!({"section": "team", "name": "A"})),
            ("/api/secret/set", json!({"section": "team", "name": "A", "value": "new"})),
        ] {
            let answer = page.post(path, &asked);
            assert!(answer.status >= 400, "{what}: {path}: {answer:?}");
            silent(&team, what, &answer.body);
            if path == "/api/vault" {
                assert_eq!(answer.document()["error"]["exit"], code, "{what}: {answer:?}");
            }
        }
        assert!(bytes(&team.file) == file, "{what}");
    }
    fs::write(&team.file, &team.good.vault).unwrap();
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme");
}
