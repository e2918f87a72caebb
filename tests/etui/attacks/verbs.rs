//! Every verb of the grammar that opens the vault opens it through the same function.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{Attack, Team, forged};
use crate::bench::{bytes, names};
use crate::damage::OPENERS;

/// Verbs that open the vault, beside those of [`OPENERS`].
const MORE: &[&str] = &[
    "audit acknowledge A -g --reason why",
    "check names",
    "cluster open gpu -y",
    "cluster restore gpu --from good.age -y",
    "diff HEAD",
    "env delete VAR -g",
    "import values -g",
    "log",
    "merge good.age",
    "project open web -y",
    "project restore web --from good.age -y",
    "redact",
    "rotate",
    "scan names",
    "settle A -g",
    "sync",
    "vault add acme.age",
    "vault move acme.age",
    "which",
];

/// Verbs that say something about a vault that is not trusted, or about a file that is not the vault in use; each is
/// tested elsewhere in this module.
const ELSEWHERE: &[&str] =
    &["compose up", "doctor", "key rotate", "trust", "ui", "git merge-driver", "git textconv", "git resolve"];

/// Verbs that open no vault.
const NONE: &[&str] = &[
    "completions bash",
    "compose down app",
    "compose metadata",
    "git install",
    "guard install",
    "guard uninstall",
    "init other --vault other.age --as alice --no-link",
    "join",
    "key backup",
    "key new --output other.key",
    "key passphrase",
    "key restore --output restored.key",
    "key show",
    "lock",
    "man pages",
    "status",
    "unlink",
    "unlock",
    "vault forget nobody",
    "vault list",
];

/// The verb of a command line, as a manual page is named.
fn verb(line: &str, all: &BTreeSet<String>) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let two = words.get(..2).map(|two| two.join(" "));
    two.filter(|two| all.contains(two)).unwrap_or_else(|| words[0].to_owned())
}

#[test]
fn every_verb_that_opens_a_vault_refuses_a_forgery() {
    let team = Team::in_git();
    let files = [("names", "A=\n"), ("values", "B=1\n")];
    files.iter().for_each(|(name, text)| fs::write(team.bench.work().join(name), text).unwrap());
    fs::write(team.bench.work().join("good.age"), &team.good.vault).unwrap();
    let mut forgeries = forged::all(&team);
    forgeries.retain(|attack| attack.what == "three who endorse each other");
    let Attack { what, file, code, message } = forgeries.remove(0);

    // The grammar, by its manual: each page without pages below it is a verb.
    team.bench.etui(["man", "../pages"]).ok();
    let pages = names(team.bench.work().join("../pages"));
    let pages: BTreeSet<String> =
        pages.iter().filter_map(|page| Some(page.strip_prefix("etui-")?.strip_suffix(".1")?.to_owned())).collect();
    // `audit` is a verb, and has another one below it.
    let is_group = |page: &str| page != "audit" && pages.iter().any(|other| other.starts_with(&format!("{page}-")));
    let hidden = ["compose up", "compose down", "compose metadata", "git merge-driver", "git textconv"];
    let hidden = hidden.map(str::to_owned);
    let all: BTreeSet<String> =
        pages.iter().filter(|page| !is_group(page)).map(|page| page.replacen('-', " ", 1)).chain(hidden).collect();

    let lists = [OPENERS, MORE, ELSEWHERE, NONE].concat();
    let listed: BTreeSet<String> = lists.iter().map(|line| verb(line, &all)).collect();
    assert_eq!(listed, all, "each verb belongs in one of these lists");

    fs::write(&team.file, &file).unwrap();
    for line in OPENERS.iter().chain(MORE) {
        team.refuses(what, (code, message), line);
    }
    // Docker compose reads the error on standard output.
    let outcome = team.bench.etui(["compose", "up", "app"]);
    assert!(outcome.code == code && outcome.err.contains(message), "{outcome:?}");
    let last = outcome.text().lines().last().unwrap();
    assert!(last.starts_with(r#"{"type":"error","#) && !outcome.text().contains("rawsetenv"), "{outcome:?}");
    // A rotation gives the new key to no vault that is not trusted, and keeps the old key.
    let rotated = team.bench.etui(["key", "rotate"]).ok();
    assert!(rotated.err.contains("was not asked: ") && rotated.text().is_empty(), "{rotated:?}");
    assert!(bytes(&team.file) == file);
    for line in NONE {
        // `init` records another vault, and `unlink` ends the link's acceptance.
        let before = (!line.starts_with("init") && *line != "unlink").then(|| bytes(team.bench.pins()));
        let outcome = team.bench.etui(line.split(' '));
        assert_ne!(outcome.code, 6, "{line}: {outcome:?}");
        assert!(!outcome.text().contains("the-second") && !outcome.err.contains("the-second"), "{line}: {outcome:?}");
        assert!(before.is_none_or(|before| before == bytes(team.bench.pins())), "{line}: the pins moved");
        assert!(bytes(&team.file) == file, "{line}");
    }
}

/// How often each file of the program says this, outside of its tests and comments.
fn callers(of: &str) -> BTreeMap<String, usize> {
    fn visit(directory: &Path, of: &str, found: &mut BTreeMap<String, usize>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, of, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                let count: usize = lines.map(|line| line.matches(of).count()).sum();
                if count > 0 {
                    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/");
                    found.insert(path.to_str().unwrap().strip_prefix(root).unwrap().to_owned(), count);
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), of, &mut found);
    found
}

#[test]
fn a_vault_is_opened_in_one_place_and_unchecked_by_few() {
    for (what, expected) in [
        // The vault's file with a check and without, the bytes of a merge or of another version, a sealed environment, an
        // inner vault.
        (
            "envelope::open(",
            &[("session/closed.rs", 1), ("session/commit.rs", 1), ("session/merge.rs", 2), ("session/sealed.rs", 1)][..],
        ),
        // Who decrypts at all: the one way to open, and a look back at what was just sealed.
        ("keys::open_ends(", &[("session/envelope.rs", 1)]),
        ("keys::open_sealed(", &[("session/envelope.rs", 1)]),
        // A view of all, of a selection, a write, and the export of a token. Each accepts what it opened.
        (".open_trusted(", &[("session/commit.rs", 1), ("session/decision.rs", 1), ("session/mod.rs", 2)]),
        ("self.accept(", &[("session/commit.rs", 1), ("session/decision.rs", 1), ("session/mod.rs", 2)]),
        // `trust` and `doctor` show what is wrong, `sync` learns the team's name, and `vault move` the vault's id.
        (".open_unchecked(", &[("ops/location.rs", 1), ("ops/sync.rs", 1), ("ops/trust.rs", 1)]),
        // Within those; also completions, which check silently, and `doctor --drop-history`.
        (
            "self.open_file(",
            &[("session/commit.rs", 2), ("session/decision.rs", 1), ("session/mod.rs", 2), ("session/pins.rs", 2)],
        ),
    ] {
        let expected: BTreeMap<String, usize> =
            expected.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
        assert_eq!(callers(what), expected, "{what}");
    }
}
