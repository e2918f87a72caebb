//! Members are added, changed and removed, and the secrets that they could read need new values.

use etui::keys::{Card, Identity};

use crate::bench::{Bench, Outcome, bytes, open};

/// alice's machine, and that of bob, who opens the same file and is not a member yet.
struct Team {
    alice: Bench,
    bob: Bench,
}

impl Team {
    fn new() -> Team {
        Team { alice: Bench::acme(), bob: Bench::new() }
    }

    /// Like [`Team::new`], with bob as a writer and ci, a machine, as a reader.
    fn of_three() -> Team {
        let team = Team::new();
        let line = team.join();
        team.alice(&line).ok();
        team.alice("member add ci age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9").ok();
        team
    }

    /// The command that bob sends, without the program's name.
    fn join(&self) -> String {
        let joined = self.bob.etui(["join", "--as", "bob"]).ok();
        joined.text().trim_end().strip_prefix("etui ").unwrap().to_owned()
    }

    fn alice(&self, line: &str) -> Outcome {
        self.alice.etui(line.split(' ')).mask_times()
    }

    fn bob(&self, line: &str) -> Outcome {
        let vault = self.alice.vault().display().to_string();
        self.bob.etui(["--vault", &vault].into_iter().chain(line.split(' '))).mask_times()
    }

    fn fingerprint(&self, of: &Bench) -> String {
        Identity::parse_all(&bytes(of.key())).unwrap()[0].fingerprint().to_string()
    }

    /// The whole `member list`: each member's name, role and sponsor.
    fn list(&self) -> String {
        let listed = self.bob("member list").ok();
        let short = |line: &str| {
            let cells: Vec<&str> = line.split('\t').collect();
            format!("{} {} {}", cells[0], cells[1], cells[3])
        };
        listed.text().lines().map(short).collect::<Vec<_>>().join(", ")
    }
}

const CI: &str = "key:Xe8kNJrprrjO6bpUWK3A2hiVbQtrehK1ovUgWF7aIVM";
const NO_CARD: &str = "error: this is neither a card nor a recipient\n \
     hint: `etui join` prints a card (etui1…); a machine's recipient is `age1…` or `ssh-ed25519 …`";

#[test]
fn join_prints_one_line_that_a_member_runs_to_add_the_newcomer() {
    let team = Team::new();
    team.alice.set("A", "one", &["-g"]);
    let joined = team.bob.etui(["join", "--as", "bob"]).ok();
    let bob = Identity::parse_all(&bytes(team.bob.key())).unwrap().remove(0);
    let (card, print) = (Card::of(&bob), bob.fingerprint());
    let joined = joined.prints(&format!("etui member add bob {card}\n"));
    let key = team.bob.key().display().to_string();
    joined.says(&format!(
        "send this line to a writer of the team; it holds no secret\n\
         your key fingerprint {print}; compare it by voice with what `etui member list` shows to the writer\n\
         back up {key}: there is no other copy; on paper: `etui key backup`\n\
         once a writer has run it and shared the vault: `git pull` in the clone that holds the vault, then `etui list --all`"
    ));
    // A second join keeps the key.
    team.bob.etui(["join", "--as", "bob"]).prints(&format!("etui member add bob {card}\n")).says(&format!(
        "send this line to a writer of the team; it holds no secret\n\
         your key fingerprint {print}; compare it by voice with what `etui member list` shows to the writer\n\
         back up {key}: there is no other copy\n\
         once a writer has run it and shared the vault: \
         `git pull` in the clone that holds the vault, then `etui list --all`"
    ));
    let json = team.bob.etui(["join", "--as", "bob", "-j"]).ok().document();
    let line = format!("etui member add bob {card}");
    assert_eq!(
        json,
        serde_json::json!({"command": line, "member": "bob", "card": card.to_string(), "fingerprint": print.as_str(), "key": key, "link": null, "accepted": false})
    );
    assert_eq!(team.bob("get A -g").code, 5);
    team.alice(&format!("member add bob {card}")).prints("").says(&format!(
        "added bob to team acme, as a writer; key fingerprint {print}\n\
         note: compare it with bob by voice: it is the key fingerprint of `etui key show` there; \
         every member can read the whole vault"
    ));
    let founder = team.alice("trust").text().lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    team.bob("get A -g").prints("one").says(&format!(
        "first time this laptop opens team acme; trusting its founder alice, vault fingerprint {founder}; \
             compare it with what `etui trust` shows to another member"
    ));
    team.bob("get A -g").prints("one").says("");
    team.bob("set A -g --value two").ok().says("updated A in team acme");
    team.alice("get A -g").prints("two").says("");
}

#[test]
fn lists_the_members_and_who_vouches_for_each() {
    let team = Team::of_three();
    let (alice, bob) = (team.fingerprint(&team.alice), team.fingerprint(&team.bob));
    let lines = format!(
        "alice\twriter\t{alice}\talice\tWHEN\nbob\twriter\t{bob}\talice\tWHEN\nci\treader\t{CI}\talice\tWHEN\n"
    );
    team.alice("member list").prints(&lines).says("");
    team.alice("member ls").prints(&lines);
    let json = team.alice("member list -j").ok().document();
    assert_eq!((&json["hasMore"], &json["nextPage"]), (&false.into(), &serde_json::Value::Null));
    let reader = serde_json::json!({
        "name": "ci", "role": "reader", "fingerprint": CI, "addedBy": "alice", "added": "WHEN",
        "recipient": "age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9", "sections": [],
    });
    assert_eq!(json["items"][2], reader);
    assert_eq!(team.alice("member remove ci -y -j").ok().document(), reader);
}

#[test]
fn invalid_cards_and_known_members_are_refused() {
    let team = Team::of_three();
    let card = team.join().rsplit(' ').next().unwrap().to_owned();
    let known = |name: &str| {
        format!("error: this key already belongs to {name}\n hint: a second laptop needs a key of its own: `etui join`")
    };
    let exists = "error: team acme already has a member bob\n \
         hint: a second laptop is a member of its own, such as bob-2; or to replace the key, which locks the old one out: `etui member update bob CARD`";
    let ci = "age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9";
    let recipient = Identity::parse_all(&bytes(team.bob.key())).unwrap()[0].recipient().to_string();
    let cut = &card[..card.len() - 1];
    for (line, code, message) in [
        ("member add x etui1".to_owned(), 2, NO_CARD.to_owned()),
        (format!("member add x {cut}"), 2, NO_CARD.to_owned()),
        ("member add x age1".to_owned(), 2, NO_CARD.to_owned()),
        ("member add x hunter2".to_owned(), 2, NO_CARD.to_owned()),
        ("member add x ssh-ed25519 AAAA bob@laptop".to_owned(), 2, NO_CARD.to_owned()),
        (format!("member add bob {card}"), 4, exists.to_owned()),
        (format!("member add rob {card}"), 4, known("bob")),
        (format!("member add rob {recipient}"), 4, known("bob")),
        (format!("member add bot {ci}"), 4, known("ci")),
        (format!("member update ci {card}"), 4, known("bob")),
        (
            "member remove rob -y".to_owned(),
            3,
            "error: no member rob in team acme\n hint: did you mean bob?".to_owned(),
        ),
        (
            "member rename zzz x".to_owned(),
            3,
            "error: no member zzz in team acme\n hint: the members are alice, bob and ci".to_owned(),
        ),
    ] {
        let before = bytes(team.alice.vault());
        team.alice(&line).fails(code, &message);
        assert!(bytes(team.alice.vault()) == before, "{line}");
    }
    assert_eq!(team.alice("member add Rob age1").code, 2);
}

#[test]
fn renames_other_members_and_the_root() {
    let team = Team::of_three();
    team.alice("member rename bob robert").prints("").says("renamed bob to robert in team acme");
    team.alice("member rename alice alison").prints("").says("renamed alice to alison in team acme");
    team.bob("member mv ci bot").ok();
    assert_eq!(team.list(), "alison writer alison, bot reader robert, robert writer alison");
    team.alice("set A -g --value one").ok();
    team.alice("list -g -F by").prints("alison\n");
}

#[test]
fn only_the_root_vouches_for_itself() {
    let team = Team::of_three();
    team.bob("get A -g");
    team.bob("member rename bob robert").fails(4, "error: only another writer can do that to bob\n hint: ask alice");
    team.bob("member rename alice al")
        .fails(4, "error: only alice can do that: every other member is endorsed through alice\n hint: ask alice");
    team.bob("member remove bob -y").fails(4, "error: only another writer can do that to bob\n hint: ask alice");
    // dan is a member because bob vouches for him.
    let dan = Team { alice: team.alice, bob: Bench::new() };
    let line = dan.join().replace("add bob", "add dan");
    let vault = dan.alice.vault().display().to_string();
    team.bob.etui(["--vault", &vault].into_iter().chain(line.split(' '))).ok();
    let message = format!(
        "error: bob endorsed you: only a writer who does not depend on bob can do that to bob\n \
         hint: to see who added whom: `etui --vault {vault} member list`"
    );
    assert!(dan.bob("member remove bob -y").err.ends_with(&format!("{message}\n")));
    dan.bob("member rename bob robert").fails(4, &message);
    dan.alice("member rename bob robert").ok();
    assert_eq!(dan.list(), "alice writer alice, ci reader alice, dan writer robert, robert writer alice");
    // Whoever removes robert sees everybody who came through him.
    dan.bob("member list").ok();
    let fay = Identity::generate();
    dan.bob(&format!("member add fay {}", Card::of(&fay))).ok();
    dan.alice("member list").ok();
    dan.alice("member remove robert").fails(
        2,
        "note: members through robert, and from now on through you: dan and fay\n\
         error: `member remove` needs confirmation\n hint: run it again with `-y`",
    );
}

#[test]
fn the_last_writer_cannot_be_removed() {
    let bench = Bench::acme();
    let last = "error: alice is the last writer, and the last writer cannot be removed\n \
                hint: add another writer first: `etui member add NAME CARD`";
    bench.etui(["member", "remove", "alice", "-y"]).fails(4, last);
    // Nobody else is a member, so a hint names one.
    bench
        .etui(["member", "rename", "zzz", "x"])
        .fails(3, "error: no member zzz in team acme\n hint: the only member is alice");
    // A reader cannot remove anybody.
    bench.etui(["member", "add", "ci", "age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9"]).ok();
    bench.etui(["member", "remove", "alice", "-y"]).fails(4, last);
}

#[test]
fn a_reader_can_read_and_learns_how_to_become_a_writer() {
    let team = Team::new();
    team.alice.set("A", "c4n4ry", &["-g"]);
    team.bob.etui(["join", "--as", "bob"]).ok();
    let identity = Identity::parse_all(&bytes(team.bob.key())).unwrap().remove(0);
    let (bob, card, print) = (identity.recipient(), Card::of(&identity), identity.fingerprint());
    team.alice(&format!("member add bob {bob}")).ok();
    team.bob("get A -g").prints("c4n4ry");
    let line = format!("member update bob {card}");
    let message =
        format!("error: bob may read this vault, not write it\n hint: a writer can make bob a writer: `etui {line}`\n");
    let before = bytes(team.alice.vault());
    for line in
        ["set A -g --value new", "delete A -g", "member rename alice al", "member remove alice -y", "purge -y -g"]
    {
        let outcome = team.bob(line);
        assert_eq!((outcome.code, outcome.text()), (5, ""), "{line}");
        assert!(outcome.err.ends_with(&message) && !outcome.err.contains("c4n4ry"), "{line}: {}", outcome.err);
    }
    assert!(bytes(team.alice.vault()) == before);
    // A reader cannot promote himself; a writer does it with the suggested command.
    assert_eq!(team.bob(&line).code, 5);
    team.alice(&line).prints("").says(&format!(
        "updated bob in team acme, as a writer; key fingerprint {print}\n\
         note: compare it with bob by voice: it is the key fingerprint of `etui key show` there"
    ));
    team.bob("set A -g --value new").ok().says(
        "note: members of team acme changed since this laptop last looked: bob has other keys\nupdated A in team acme",
    );
    team.alice("get A -g").prints("new").says("");
    // Nothing was removed, and no command turns a writer into a reader.
    team.alice("audit").prints("").says("");
    team.alice(&format!("member update bob {bob}")).fails(
        4,
        "error: bob is a writer with this recipient, and stays a writer\n \
         hint: a reader needs a new key; or to remove this one for good: `etui member remove bob`",
    );
    team.alice(&line)
        .fails(4, "error: this key already belongs to bob\n hint: a second laptop needs a key of its own: `etui join`");
}

#[test]
fn a_removed_member_is_out_for_good() {
    let team = Team::of_three();
    team.alice.set("A", "c4n4ry", &["-g"]);
    team.bob("get A -g").prints("c4n4ry");
    let card = team.join().rsplit(' ').next().unwrap().to_owned();
    let old = bytes(team.alice.vault());
    team.alice("member remove bob")
        .fails(2, "error: `member remove` needs confirmation\n hint: run it again with `-y`");
    team.alice("member remove bob -y").prints("").says(
        "removed bob from team acme\n\
         note: 1 secret needs a new value, since a removed member could read it: `etui rotate`\n\
         note: bob can still read old copies of the vault; each laptop learns of the removal when it sees this version",
    );
    assert_eq!(team.bob("get A -g").code, 5);
    let removed = "error: this key was removed, as bob's, and cannot come back\n \
         hint: to come back, a member needs a new key: `etui key new --output FILE`";
    for line in [format!("member add bob {card}"), format!("member add rob {card}"), format!("member update ci {card}")]
    {
        team.alice(&line).fails(4, removed);
    }
    // An old copy of the vault does not take its place.
    let good = bytes(team.alice.vault());
    std::fs::write(team.alice.vault(), &old).unwrap();
    for verb in ["get A -g", "set A -g --value new"] {
        let outcome = team.alice(verb);
        assert_eq!(outcome.code, 6, "{verb}: {}", outcome.err);
        assert!(outcome.err.contains(" is older than what this laptop has seen: "), "{}", outcome.err);
        assert!(!outcome.err.contains("c4n4ry"));
    }
    std::fs::write(team.alice.vault(), good).unwrap();
    // At another path it opens with two notes, and the next write removes him there too.
    let copy = team.alice.work().join("copy.age");
    std::fs::write(&copy, &old).unwrap();
    team.alice("get A -g --vault copy.age").prints("c4n4ry").mask_times().says(
        "note: this copy lacks 1 change seen elsewhere, the last by alice at WHEN\n\
         note: this copy is from before bob was removed; the next change removes them here too",
    );
    team.alice("set A -g --value c4n4ry2 --vault copy.age").ok();
    assert_eq!(team.bob(&format!("get A -g --vault {}", copy.display())).code, 5);
    std::fs::remove_file(copy).unwrap();
    // With a new key he can be added again.
    std::fs::remove_file(team.bob.key()).unwrap();
    let line = team.join();
    team.alice(&line).ok();
    team.bob("get A -g").prints("c4n4ry");
}

#[test]
fn removing_the_root_makes_the_remover_the_root_who_vouches_for_all() {
    let team = Team::of_three();
    team.bob("member list").ok();
    team.bob("member remove alice -y").prints("").says(
        "note: members through alice, and from now on through you: ci\n\
         removed alice from team acme\n\
         note: alice can still read old copies of the vault; each laptop learns of the removal when it sees this version",
    );
    assert_eq!(team.list(), "bob writer bob, ci reader bob");
    assert_eq!(team.alice("get A -g").code, 5);
    team.bob("set A -g --value x").ok();
}

#[test]
fn a_new_card_revokes_the_old_key() {
    let team = Team::of_three();
    team.alice.set("A", "one", &["-g"]);
    std::fs::remove_file(team.bob.key()).unwrap();
    let line = team.join().replace("member add", "member update");
    let print = team.fingerprint(&team.bob);
    team.alice(&line).prints("").says(&format!(
        "updated bob in team acme, as a writer; key fingerprint {print}\n\
         note: the old key is removed for good; to list what it could read: `etui audit`"
    ));
    team.bob("set B -g --value two").ok();
    team.alice("audit").exits(1, "A\tteam\tread by an earlier key of bob\n");
}

#[test]
fn audit_reports_secrets_until_every_value_is_new() {
    let team = Team::of_three();
    for (name, value, scope) in [("A", "one", "-g"), ("B", "two", "-g"), ("C", "three", "-pweb")] {
        team.alice.set(name, value, &[scope]);
    }
    team.alice("audit").prints("").says("");
    team.alice("member remove bob -y").ok();
    let old = "note: anyone with an old copy of the vault can still read it; only new values help";
    let hint = " hint: one after another: `etui rotate`; \
         or for one that may stay: `etui audit acknowledge NAME --reason TEXT`";
    let findings = |count: &str| format!("{old}\nerror: {count}\n{hint}");
    let read = "read by bob, who was removed";
    let all = format!("A\tteam\t{read}\nB\tteam\t{read}\nC\tproject web\t{read}\n");
    team.alice("audit").exits(1, &all).says(&findings("3 secrets need new values"));
    let json = team.alice("audit -j");
    assert_eq!(json.code, 1);
    let item = |name: &str, kind: &str, id: &str| serde_json::json!({"name": name, "section": {"kind": kind, "id": id}, "why": read, "cause": "exposed", "acknowledged": null});
    let items = [item("A", "team", "acme"), item("B", "team", "acme"), item("C", "project", "web")];
    assert_eq!(json.document()["items"], serde_json::Value::from(items.to_vec()));
    team.alice.set("A", "new one", &["-g"]);
    team.alice("generate B -g").ok();
    let left = format!("C\tproject web\t{read}\n");
    team.alice("audit").exits(1, &left).says(&findings("1 secret needs a new value"));
    team.alice.set("C", "new three", &["-p", "web"]);
    team.alice("audit").prints("").says(old);
    // A value that he could read is no new value, even under another name.
    team.alice.set("B", "three", &["-g"]);
    team.alice("restore A -g").ok();
    team.alice("audit").exits(1, &format!("A\tteam\t{read}\nB\tteam\t{read}\n"));
}

#[test]
fn audit_reports_old_expired_and_shared_values() {
    let bench = Bench::acme();
    bench.set("A", "c4n4ry-everywhere", &["-g"]);
    bench.set("B", "c4n4ry-everywhere", &["-p", "web"]);
    bench.set("C", "c4n4ry-everywhere", &["-c", "gpu"]);
    let shared = "A\tteam\tthe same value as C in cluster gpu and B in project web\nC\tcluster gpu\tthe same value as A in team and B in project web\nB\tproject web\tthe same value as A in team and C in cluster gpu\n";
    bench.etui(["audit"]).exits(1, shared);
    bench.set("B", "b", &["-p", "web"]);
    bench.set("C", "c", &["-c", "gpu"]);
    bench.etui(["audit"]).prints("").says("");
    bench.etui(["audit", "--older-than", "90d"]).prints("").says("");
    let old = "older than 0s";
    let all = format!("A\tteam\t{old}\nC\tcluster gpu\t{old}\nB\tproject web\t{old}\n");
    bench.etui(["audit", "--older-than", "0d"]).exits(1, &all);
    assert_eq!(bench.etui(["audit", "--older-than", "soon"]).code, 2);
    bench.etui(["set", "C", "-c", "gpu", "--value", "shared by two", "--expires", "2020-01-01"]).ok();
    bench.etui(["audit"]).exits(1, "C\tcluster gpu\texpired\n");
    // A secret with two reasons is counted once.
    bench.set("D", "shared by two", &["-g"]);
    let outcome = bench.etui(["audit"]);
    assert_eq!(outcome.text().lines().count(), 3);
    assert!(outcome.err.starts_with("error: 2 secrets need new values\n"), "{}", outcome.err);
    assert!(!outcome.err.contains("c4n4ry"));
}

#[test]
fn the_vault_is_encrypted_to_its_members_only() {
    let team = Team::of_three();
    let stanzas = || {
        let sealed = bytes(team.alice.vault());
        String::from_utf8_lossy(&sealed)
            .lines()
            .take_while(|line| !line.starts_with("---"))
            .filter(|line| line.starts_with("-> X25519"))
            .count()
    };
    assert_eq!(stanzas(), 3);
    let bob = [Identity::parse_all(&bytes(team.bob.key())).unwrap().remove(0)];
    assert!(open(&bytes(team.alice.vault()), &bob).is_ok());
    team.alice("member remove bob -y").ok();
    assert_eq!(stanzas(), 2);
    assert!(open(&bytes(team.alice.vault()), &bob).is_err());
}

#[test]
fn every_fingerprint_says_which_of_the_three_kinds_it_is() {
    let bench = Bench::new();
    let founded = bench.etui(["init", "beta"]).ok();
    let vault = founded.err.lines().find_map(|line| line.strip_prefix("vault fingerprint ")).unwrap().to_owned();
    let trust = bench.etui(["trust"]).ok();
    assert!(trust.text().starts_with(&format!("team beta, vault fingerprint {vault}\n")), "{trust:?}");

    let team = Team::new();
    // A writer: the same string in `join`, `key show`, `member add` and `member list`.
    team.alice(&team.join()).ok();
    let writer = team.fingerprint(&team.bob);
    let shown = team.bob.etui(["key", "show"]).ok();
    assert!(shown.text().contains(&format!("\nkey fingerprint              {writer}\n")), "{shown:?}");
    assert!(team.alice("member list").ok().text().contains(&format!("bob\twriter\t{writer}\t")));
    let founder = team.alice("trust").text().lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let first = format!(
        "first time this laptop opens team acme; trusting its founder alice, vault fingerprint {founder}; \
         compare it with what `etui trust` shows to another member"
    );
    team.bob("member list").ok().says(&first);

    // A reader: the other line of `key show`.
    let machine = Bench::new();
    let key = machine.etui(["key", "new", "-j"]).ok().document();
    let (recipient, reader) = (key["recipient"].as_str().unwrap(), key["readerFingerprint"].as_str().unwrap());
    team.alice(&format!("member add ci {recipient}")).ok().says(&format!(
        "added ci to team acme, as a reader; key fingerprint as a reader {reader}\n\
         note: compare it with ci by voice: it is the key fingerprint as a reader of `etui key show` there; \
         every member can read the whole vault"
    ));
    let shown = machine.etui(["key", "show"]).ok();
    assert!(shown.text().ends_with(&format!("\nkey fingerprint as a reader  {reader}\n")), "{shown:?}");
    let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";
    let added = team.alice(&format!("member add server {ssh}")).ok();
    assert!(added.err.contains("note: compare the ssh public key itself with server by voice"), "{}", added.err);

    let differs = format!("member ci: reader, not known to this laptop, key fingerprint as a reader {reader}\n");
    assert!(team.bob("trust").text().contains(&differs));
    team.alice("member remove ci -y").ok();
    let outline = team.alice.sh("etui git textconv \"$ETUI_HOME/acme.age\"").ok();
    for line in [
        format!("team  acme, vault fingerprint {founder}\n"),
        format!("member bob  writer, key fingerprint {writer}\n"),
        format!("removed ci  key fingerprint as a reader {reader}, by alice\n"),
    ] {
        assert!(outline.text().contains(&line), "{line}: {}", outline.text());
    }
    team.alice.with(&[("ETUI_TRUST", &writer)], ["list", "-g"]).fails(
        2,
        "error: `ETUI_TRUST` is the fingerprint of a key, not of a vault\n \
         hint: a member prints a token with `etui trust --export`; a vault fingerprint begins with `vault:`",
    );
}
