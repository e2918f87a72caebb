//! Tokens and fingerprints in `ETUI_TRUST`: what a machine without pins accepts by them, and what it learns from them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use etui::keys::Identity;
use etui::session::token::{self, Demand};
use etui::vault::{Recipient, Removed, Token, WriterKey};

use crate::bench::{Bench, Outcome, bytes, open, split, vault};

const CANARY: &str = "c4n4ry-t0ken";

/// A team's laptops, all with the vault's file in their working directory.
struct Team {
    alice: Bench,
    bob: Bench,
    carol: Bench,
}

impl Team {
    /// alice founded the team and added bob, bob added carol. A is 1.
    fn new() -> Team {
        let team = Team { alice: Bench::new(), bob: Bench::new(), carol: Bench::new() };
        team.alice.etui(["init", "acme", "--as", "alice", "--vault", "acme.age", "-p", "web"]).ok();
        at(&team.alice, "set A -g --value 1").ok();
        add(&team.alice, &team.bob, "bob");
        hand(&team.alice, &team.bob);
        add(&team.bob, &team.carol, "carol");
        hand(&team.bob, &team.alice);
        hand(&team.bob, &team.carol);
        at(&team.alice, "get A -g").ok();
        at(&team.carol, "get A -g").ok();
        team
    }

    /// Like [`Team::new`], after alice removed bob. bob knows nothing of it, and wrote a vault of his own: A is bob's.
    fn without_bob() -> Team {
        let team = Team::new();
        at(&team.alice, "member remove bob -y").ok();
        at(&team.bob, "set A -g --value bobs").ok();
        hand(&team.alice, &team.carol);
        at(&team.carol, "get A -g").ok();
        team
    }
}

fn at(bench: &Bench, line: &str) -> Outcome {
    bench.etui(["--vault", "acme.age"].into_iter().chain(line.split(' ')))
}

fn file(bench: &Bench) -> PathBuf {
    bench.work().join("acme.age")
}

/// Copies the vault from one machine to another.
fn hand(from: &Bench, to: &Bench) {
    fs::write(file(to), bytes(file(from))).unwrap();
}

fn add(writer: &Bench, newcomer: &Bench, name: &str) {
    let joined = newcomer.etui(["join", "--as", name]).ok();
    let card = joined.text().trim_end().rsplit(' ').next().unwrap().to_owned();
    at(writer, &format!("member add {name} {card}")).ok();
}

#[track_caller]
fn export(bench: &Bench, options: &str) -> String {
    let exported = at(bench, format!("trust --export {options}").trim_end()).ok();
    let token = exported.text().strip_suffix('\n').unwrap().to_owned();
    assert!(token.starts_with("etui-trust1") && !token.contains('\n'), "{token}");
    token
}

fn parse(text: &str) -> Token {
    match Demand::parse(text).unwrap() {
        Demand::Token(token) => *token,
        Demand::Fingerprint(print) => panic!("a fingerprint: {print}"),
    }
}

fn fingerprint(bench: &Bench) -> String {
    parse(&export(bench, "")).fingerprint().to_string()
}

/// A machine without state, with the key of another one and the vault of a third.
fn machine(key: &Bench, vault: &Bench) -> Bench {
    let machine = Bench::new();
    fs::create_dir(machine.home()).unwrap();
    fs::copy(key.key(), machine.key()).unwrap();
    hand(vault, &machine);
    machine
}

fn trusting(machine: &Bench, trust: &str, line: &str) -> Outcome {
    let arguments = ["--vault", "acme.age"].into_iter().chain(line.split(' '));
    machine.with(&[("ETUI_TRUST", trust)], arguments).mask_times()
}

/// Reads, writes and runs are refused with this message, and nothing is recorded or written.
#[track_caller]
fn refuses(machine: &Bench, trust: &str, code: i32, message: &str) {
    let before = (bytes(file(machine)), fs::read(machine.pins()).ok());
    for line in ["get A -g", "set A -g --value new", "resolve -g", "run -g echo ran", "member list", "trust --export"] {
        let outcome = trusting(machine, trust, line);
        assert_eq!((outcome.code, outcome.text()), (code, ""), "{line}: {}", outcome.err);
        outcome.says(message);
    }
    assert!((bytes(file(machine)), fs::read(machine.pins()).ok()) == before);
}

#[test]
fn a_token_serves_a_machine_without_state_to_read_and_to_write() {
    let team = Team::new();
    for token in [export(&team.alice, ""), export(&team.alice, "--not-older"), fingerprint(&team.alice)] {
        let machine = machine(&team.carol, &team.alice);
        trusting(&machine, &token, "get A -g").prints("1").says("");
        trusting(&machine, &token, "run -g printenv A").prints("1\n").says("");
        trusting(&machine, &format!(" {token}\n"), "set A -g --value 2").ok().says("updated A in team acme");
        trusting(&machine, &token, "get A -g").prints("2").says("");
        // The vault that it wrote is good for the others.
        hand(&machine, &team.alice);
        at(&team.alice, "get A -g").prints("2").says("");
        at(&team.alice, "set A -g --value 1").ok();
    }
    // The same laptop prints the same token, and another one the same trust.
    assert_eq!(export(&team.alice, ""), export(&team.alice, ""));
    hand(&team.alice, &team.bob);
    assert_eq!(parse(&export(&team.alice, "--not-older")), parse(&export(&team.bob, "--not-older")));
}

#[test]
fn a_removed_writer_is_refused_by_a_token_and_not_by_a_fingerprint() {
    let team = Team::without_bob();
    let (token, print) = (export(&team.alice, ""), fingerprint(&team.alice));
    let machine = || machine(&team.carol, &team.bob);
    let refused = machine();
    let vault = file(&refused).display().to_string();
    let message = format!(
        "error: {vault} was not written by anyone this laptop trusts: bob, who was removed, wrote it\n \
         hint: get the newer vault: `etui --vault acme.age sync` or `git merge`; or if that removal was a mistake: \
         `etui --vault acme.age trust`"
    );
    refuses(&refused, &token, 6, &message);
    trusting(&machine(), &print, "get A -g").prints("bobs").says("");

    // What a token said is known afterwards, without it and with a fingerprint too.
    let knowing = machine();
    hand(&team.alice, &knowing);
    trusting(&knowing, &token, "get A -g").prints("1").says("");
    hand(&team.bob, &knowing);
    let message = message.replace(&vault, &file(&knowing).display().to_string());
    at(&knowing, "get A -g").fails(6, &message);
    refuses(&knowing, &print, 6, &message);
}

#[test]
fn a_token_tells_of_a_removal_that_the_vault_is_older_than() {
    let team = Team::new();
    at(&team.alice, "set A -g --value 1 --note mine").ok();
    let old = machine(&team.carol, &team.alice);
    at(&team.alice, "member remove bob -y").ok();
    let token = export(&team.alice, "");
    // bob added carol, but alice signed the old vault, so it opens.
    trusting(&old, &token, "get A -g")
        .prints("1")
        .says("note: this copy is from before bob was removed; the next change removes them here too");
    // Now the machine knows it by itself.
    at(&team.bob, "set A -g --value bobs").ok();
    hand(&team.bob, &old);
    let outcome = at(&old, "get A -g");
    assert_eq!((outcome.code, outcome.text()), (6, ""));
    assert!(outcome.err.contains("bob, who was removed, wrote it"), "{}", outcome.err);
}

#[test]
fn a_token_knows_the_root_steps() {
    let team = Team::new();
    at(&team.bob, "member remove alice -y").ok();
    hand(&team.bob, &team.carol);
    at(&team.carol, "member remove bob -y").ok();
    let token = export(&team.carol, "");
    let known = parse(&token);
    assert_eq!((known.roots.len(), known.removed.len()), (2, 2));
    let machine = || machine(&team.carol, &team.carol);
    trusting(&machine(), &token, "get A -g").prints("1").says("");
    trusting(&machine(), &token, "set A -g --value 2").ok();
    trusting(&machine(), &fingerprint(&team.carol), "get A -g").prints("1").says("");
    // A token that lists bob as removed and not his step refuses that step.
    let forged = token::print(&Token { roots: Default::default(), ..known });
    let machine = machine();
    let message = format!(
        "error: {} was not written by anyone this laptop trusts: its root changed by bob, who was removed\n \
         hint: ask carol; to see what differs, and accept it: `etui --vault acme.age trust`",
        file(&machine).display()
    );
    refuses(&machine, &forged, 6, &message);
}

#[test]
fn a_token_with_a_clock_refuses_older_vaults() {
    let team = Team::new();
    let old = bytes(file(&team.alice));
    at(&team.alice, "set A -g --value 2").ok();
    at(&team.alice, "set A -g --value 3").ok();
    let (token, dated) = (export(&team.alice, ""), export(&team.alice, "--not-older"));
    let machine = machine(&team.carol, &team.alice);
    fs::write(file(&machine), &old).unwrap();
    let message = format!(
        "error: {} is older than `ETUI_TRUST` demands: it lacks 2 changes\n \
         hint: fetch the newer vault, or export a new token",
        file(&machine).display()
    );
    refuses(&machine, &dated, 6, &message);
    trusting(&machine, &token, "get A -g").prints("1").says("");
    hand(&team.alice, &machine);
    trusting(&machine, &dated, "get A -g").prints("3").says("");
    // A newer vault is as good.
    at(&team.alice, "set A -g --value 4").ok();
    hand(&team.alice, &machine);
    trusting(&machine, &dated, "get A -g").prints("4").says("");
}

#[test]
fn a_token_with_a_clock_refuses_a_branch_that_lags_behind() {
    let repository = Repository::new();
    repository.git("checkout -q -b topic");
    repository.git("checkout -q main");
    repository.bench.etui(["set", "A", "-g", "--value", "2"]).ok();
    repository.commit();
    let token = |options: &[&str]| {
        let exported = repository.bench.etui(["trust", "--export"].iter().chain(options)).ok();
        exported.text().trim_end().to_owned()
    };
    let (token, dated) = (token(&[]), token(&["--not-older"]));
    let ci = repository.clone();
    for (branch, trust, expected) in [
        ("main", &dated, Ok("2")),
        ("topic", &dated, Err("is older than `ETUI_TRUST` demands: it lacks 1 change")),
        ("topic", &token, Ok("1")),
    ] {
        ci.git(&format!("checkout -q {branch}"));
        let outcome = ci.bench.with(&[("ETUI_TRUST", trust)], ["get", "A", "-g"]);
        match expected {
            Ok(value) => drop(outcome.prints(value)),
            Err(why) => assert!(outcome.code == 6 && outcome.err.contains(why), "{branch}: {outcome:?}"),
        }
    }
}

#[test]
fn a_token_of_another_vault_and_one_that_was_changed_are_refused() {
    let (team, other) = (Team::new(), Team::new());
    let (token, foreign) = (export(&team.alice, ""), export(&other.alice, ""));
    let (ours, theirs) = (fingerprint(&team.alice), fingerprint(&other.alice));
    let machine = machine(&team.carol, &team.alice);
    let message = format!(
        "error: {} is not the vault that `ETUI_TRUST` demands: its vault fingerprint is {ours}, not {theirs}\n \
         hint: compare the vault fingerprint with another member: `etui --vault acme.age trust`",
        file(&machine).display()
    );
    refuses(&machine, &foreign, 6, &message);
    refuses(&machine, &theirs, 6, &message);

    let message = "error: `ETUI_TRUST` is neither a token nor a vault fingerprint\n \
                   hint: a member prints a token with `etui --vault acme.age trust --export`; a vault fingerprint begins with `vault:`";
    let middle = token.len() / 2;
    let moved = format!("etui-trust1{}{}", &token[middle..], &token["etui-trust1".len()..middle]);
    let split = format!("{}\n{}", &token[..middle], &token[middle..]);
    for bad in [&token[..middle], &token[..token.len() - 1], &token[1..], &moved, &split, &token.to_uppercase()] {
        refuses(&machine, bad, 2, message);
    }
    assert!(!machine.pins().exists());
    // What a CI system leaves empty for a fork is not the same as none.
    let empty = "error: `ETUI_TRUST` is empty: a CI system gives no secrets to the jobs of forks\n \
                 hint: skip this step there; or to trust what this machine knows: `unset ETUI_TRUST`";
    refuses(&machine, "", 5, empty);
    assert!(!machine.pins().exists());
}

#[test]
fn a_token_holds_no_secret_and_stays_short() {
    let team = Team::without_bob();
    at(&team.alice, &format!("set SECRET_NAME -g --value {CANARY} --note {CANARY}")).ok();
    let text = export(&team.alice, "--not-older");
    let token = format!("{:?}", parse(&text));
    let plain = open(&bytes(file(&team.alice)), &Identity::parse_all(&bytes(team.alice.key())).unwrap()).unwrap();
    let head = vault(split(&plain).0).head;
    let key = fs::read_to_string(team.alice.key()).unwrap();
    let key = key.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned();
    let hash_key: String = head.hash_key.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash_key_bytes = format!("{:?}", head.hash_key.0);
    for secret in [CANARY, "SECRET_NAME", &key, &hash_key, &hash_key_bytes] {
        assert!(!token.contains(secret) && !text.contains(secret), "{secret}");
    }
    // Its text is JSON in bech32, whose letters hide it from the search above.
    assert_eq!(token::print(&parse(&text)), text);

    // Fifty writers were removed. 128 KiB is the longest variable of Linux, 48 KB the longest secret of GitHub.
    let removed = |number: u8| {
        let removed = Removed {
            name: format!("developer-{number}").parse().unwrap(),
            recipient: Recipient::new(&format!("age1{}{number:02}", "q".repeat(56))),
            key: Some(WriterKey([number; 32])),
            at: "2026-11-21T10:00:00Z".parse().unwrap(),
            by: "alice".parse().unwrap(),
            closed: Default::default(),
            extra: Default::default(),
        };
        (removed.fingerprint(), removed)
    };
    let long = token::print(&Token { removed: (0..50).map(removed).collect(), ..parse(&text) });
    println!("a token with one removal has {} characters, with fifty {}", text.len(), long.len());
    assert!(long.len() < 20_000, "{}", long.len());
    let machine = machine(&team.carol, &team.alice);
    trusting(&machine, &long, "get A -g").prints("1").says("");
}

#[test]
fn a_token_of_many_removals_is_printed_and_accepted() {
    let team = Team::new();
    for _ in 0..5 {
        let recipient = Identity::generate().recipient();
        at(&team.alice, &format!("member add ci {}", recipient.as_str())).ok();
        at(&team.alice, "member remove ci -y").ok();
    }
    let token = export(&team.alice, "");
    assert_eq!(parse(&token).removed.len(), 5);
    trusting(&machine(&team.carol, &team.alice), &token, "get A -g").prints("1").says("");
}

/// A repository with a vault and a link to it, and its owner's machine.
struct Repository {
    bench: Bench,
}

impl Repository {
    fn new() -> Repository {
        let repository = Repository { bench: Bench::new() };
        repository.git("init -q -b main");
        repository.bench.etui(["init", "acme", "--as", "alice", "--vault", "acme.age", "-p", "web"]).ok();
        repository.bench.etui(["link", "-p", "web"]).ok();
        repository.bench.etui(["set", "A", "-g", "--value", "1"]).ok();
        repository.git("add -A");
        repository.commit();
        repository
    }

    #[track_caller]
    fn git(&self, line: &str) {
        let mut git = Command::new("git");
        let git = self.bench.as_user(&mut git).args(["-c", "user.name=alice", "-c", "user.email=alice@example.com"]);
        Outcome::from(git.args(line.split(' ')).output().unwrap()).ok();
    }

    fn commit(&self) {
        self.git("commit -q -a -m vault");
    }

    /// A machine with a clone and the key, and without state, as in CI.
    fn clone(&self) -> Repository {
        let ci = Repository { bench: Bench::new() };
        ci.git(&format!("clone -q {} .", self.bench.work().display()));
        fs::create_dir(ci.bench.home()).unwrap();
        fs::copy(self.bench.key(), ci.bench.key()).unwrap();
        ci
    }

    fn token(&self) -> String {
        self.bench.etui(["trust", "--export"]).ok().text().trim_end().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.bench.work().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn a_token_makes_the_link_of_the_checkout_count() {
    let repository = Repository::new();
    let (token, print) = (repository.token(), parse(&repository.token()).fingerprint().to_string());
    for trust in [&token, &print] {
        let ci = repository.clone();
        let unaccepted = ci.bench.etui(["get", "A"]);
        assert_eq!((unaccepted.code, unaccepted.text()), (2, ""));
        let with = |line: &str| ci.bench.with(&[("ETUI_TRUST", trust)], line.split(' '));
        with("get A").prints("1").says("");
        with("run printenv A").prints("1\n").says("");
        with("set B --value b").ok().says("created B in project web of team acme");
        with("status").prints("team acme · project web · unlocked\n");
        // In a directory of the clone too, and one with a link of its own.
        ci.write("site/.etui.toml", "team = \"acme\"\nproject = \"web\"\n");
        with("--cwd site get B").prints("b").says("");
        fs::create_dir(ci.bench.work().join("deep")).unwrap();
        with("--cwd deep get B").prints("b").says("");
        // The link counts while the variable is there, and not for good.
        assert_eq!(ci.bench.etui(["get", "A"]).code, 2);
    }
}

#[test]
fn a_token_does_not_make_a_link_count_that_leads_elsewhere() {
    let (repository, other) = (Repository::new(), Repository::new());
    let token = repository.token();
    let get = |ci: &Repository, directory: &str| {
        let arguments = ["--cwd", directory, "get", "A"];
        let outcome = ci.bench.with(&[("ETUI_TRUST", &token)], arguments);
        assert_eq!(outcome.text(), "", "{}", outcome.err);
        outcome
    };
    let unaccepted = |ci: &Repository, directory: &str| {
        let outcome = get(ci, directory);
        assert!(outcome.code == 2 && outcome.err.contains("has not been accepted"), "{directory}: {outcome:?}");
    };
    let member = |ci: &Repository| {
        fs::copy(ci.bench.work().join("acme.age"), ci.bench.home().join("acme.age")).unwrap();
    };

    // A team without a vault: it would be the one in the data directory, and that is not in the checkout.
    let ci = repository.clone();
    member(&ci);
    ci.write(".etui.toml", "team = \"acme\"\nproject = \"web\"\n");
    unaccepted(&ci, ".");
    // The same one below a link of the checkout to another team.
    ci.write(".etui.toml", "team = \"beta\"\nvault = \"acme.age\"\n");
    ci.write("site/.etui.toml", "team = \"acme\"\nproject = \"web\"\n");
    unaccepted(&ci, "site");

    // A vault in another work tree below, and one whose link is outside of any.
    let ci = repository.clone();
    ci.git("init -q inner");
    fs::copy(ci.bench.work().join("acme.age"), ci.bench.work().join("inner/acme.age")).unwrap();
    ci.write(".etui.toml", "team = \"acme\"\nproject = \"web\"\nvault = \"inner/acme.age\"\n");
    unaccepted(&ci, ".");
    fs::remove_dir_all(ci.bench.work().join(".git")).unwrap();
    unaccepted(&ci, ".");
    unaccepted(&ci, "inner");
    ci.write(".etui.toml", "team = \"acme\"\nproject = \"web\"\nvault = \"acme.age\"\n");
    unaccepted(&ci, ".");

    // A vault outside, by a symbolic link.
    let ci = repository.clone();
    member(&ci);
    let file = ci.bench.work().join("acme.age");
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(ci.bench.home().join("acme.age"), &file).unwrap();
    let outcome = get(&ci, ".");
    assert!(outcome.code == 2 && outcome.err.contains("names a vault that is not below it"), "{outcome:?}");

    // Another vault in the place of the one that is demanded, to which the machine's key is a reader.
    let ci = repository.clone();
    let own = Identity::parse_all(&bytes(ci.bench.key())).unwrap().remove(0).recipient();
    other.bench.etui(["member", "add", "victim", own.as_str()]).ok();
    fs::copy(other.bench.work().join("acme.age"), ci.bench.work().join("acme.age")).unwrap();
    let outcome = get(&ci, ".");
    assert!(outcome.code == 6 && outcome.err.contains("is not the vault that `ETUI_TRUST` demands"), "{outcome:?}");
    assert!(!ci.bench.pins().exists());
}
