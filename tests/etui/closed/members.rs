//! Who is in a closed section: let in, put out, removed from the team, renamed, and with a new key.

use std::path::PathBuf;

use crate::bench::{Bench, Outcome};

/// Four writers who share one file. alice founded the vault.
struct Team {
    people: [Bench; 4],
    file: PathBuf,
}

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

impl Team {
    /// Clusters prod and dev hold a secret each.
    fn new() -> Team {
        let people = [Bench::new(), Bench::new(), Bench::new(), Bench::new()];
        people[0].etui("init acme --as alice -c prod -c dev".split(' ')).ok();
        let team = Team { file: people[0].vault(), people };
        for (name, bench) in NAMES.into_iter().zip(&team.people).skip(1) {
            let line = bench.etui(["join", "--as", name]).ok();
            team.run("alice", line.text().trim_end().strip_prefix("etui ").unwrap()).ok();
        }
        team.run("alice", "set DB --value in-production -c prod").ok();
        team.run("alice", "set DB --value in-development -c dev").ok();
        team
    }

    /// Like [`Team::new`]. bob closed prod for carol, whom he endorses there, and carol let dave in; alice is not in it.
    fn closed_by_bob() -> Team {
        let team = Team::new();
        team.run("bob", "cluster close prod --for carol -y").ok();
        team.run("carol", "member add dave --to cluster:prod").ok();
        team
    }

    fn bench(&self, name: &str) -> &Bench {
        &self.people[NAMES.iter().position(|known| *known == name).unwrap()]
    }

    /// Runs a line on somebody's laptop. Times and fingerprints are masked.
    fn run(&self, name: &str, line: &str) -> Outcome {
        let vault = self.file.display().to_string();
        let ran = self.bench(name).etui(line.split(' ').chain(["--vault", &vault])).mask_times();
        let masked = |text: &str| mask(&text.replace(&vault, "FILE").replace(" --vault FILE", ""));
        Outcome { out: masked(ran.text()).into(), err: masked(&ran.err), ..ran }
    }

    /// Types a line that names no vault, or that a colleague sent.
    fn types(&self, name: &str, line: &str) -> Outcome {
        let ran = self.bench(name).etui(line.trim_end().strip_prefix("etui ").unwrap().split(' ')).mask_times();
        Outcome { err: mask(&ran.err), ..ran }
    }

    /// Who is in which closed sections, as `member list` shows it.
    fn sections(&self, name: &str) -> String {
        let listed = self.run(name, "member list -j").ok().document();
        let members = listed["items"].as_array().unwrap().iter();
        let shown = members.map(|member| {
            let sections = member["sections"].as_array().unwrap().iter().map(|one| one.as_str().unwrap());
            format!("{}: {}", member["name"].as_str().unwrap(), sections.collect::<Vec<_>>().join(" "))
        });
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// Replaces what differs each time: fingerprints and cards.
fn mask(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, start)) =
        ["vault:", "key:", "etui1", "age1"].iter().filter_map(|one| Some((rest.find(one)?, one))).min()
    {
        let end = at + start.len();
        let tail = rest[end..].find([' ', '\n', '\t', '"', ';', ',', '`']).map_or(rest.len(), |tail| end + tail);
        out += &rest[..end];
        out += if tail - end > 20 { "…" } else { &rest[end..tail] };
        rest = &rest[tail..];
    }
    out + rest
}

#[test]
fn a_section_is_closed_for_some_and_opened_for_all() {
    let team = Team::new();
    team.run("alice", "cluster close prod --for bob").fails(
        2,
        "error: `cluster close` needs confirmation\n \
         hint: run it again with `-y`",
    );
    team.run("alice", "cluster close prod --for bob -y").prints("").says(
        "closed cluster prod of team acme for alice and bob; its fingerprint is vault:…\n\
         note: 1 secret needs a new value, since carol and dave could read it until now: `etui rotate -c prod`",
    );
    team.run("bob", "get DB -c prod").prints("in-production").says("first time this laptop opens team acme; trusting its founder alice, vault fingerprint vault:…; compare it with what `etui trust` shows to another member\n\
         first time this laptop opens closed cluster prod of team acme, vault:…");
    team.run("carol", "resolve -c prod").fails(5, "first time this laptop opens team acme; trusting its founder alice, vault fingerprint vault:…; compare it with what `etui trust` shows to another member\n\
         error: cluster prod of team acme is closed to your key\n \
         hint: ask alice or bob, who can let you in: `etui member add YOU --to cluster:prod`");
    assert_eq!(team.sections("carol"), "alice: cluster:prod, bob: cluster:prod, carol: , dave: ");
    team.run("carol", "member list")
        .prints(
            "alice\twriter\tkey:…\talice\tWHEN\tcluster:prod\n\
         bob\twriter\tkey:…\talice\tWHEN\tcluster:prod\n\
         carol\twriter\tkey:…\talice\tWHEN\t\n\
         dave\twriter\tkey:…\talice\tWHEN\t\n",
        )
        .says("");
    team.run("carol", "audit")
        .prints("")
        .says("note: cluster prod is closed to your key, and left out; alice and bob can let you in");
    team.run("dave", "list -g").ok();
    team.run("bob", "audit").exits(1, "DB\tcluster prod\tread by carol and dave, until its section was closed\n").says(
        "error: 1 secret needs a new value\n \
         hint: one after another: `etui rotate`; or for one that may stay: `etui audit acknowledge NAME --reason TEXT`",
    );

    let ci = "age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9";
    team.run("alice", &format!("member add ci {ci}")).prints("").says("added ci to team acme, as a reader; key fingerprint as a reader key:…\n\
         note: compare it with ci by voice: it is the key fingerprint as a reader of `etui key show` there; every member can read the whole vault, except closed cluster prod");
    team.run("bob", "member add carol --to cluster:prod").prints("").says(
        "note: members of team acme changed since this laptop last looked: ci was added\n\
         added carol to closed cluster prod of team acme; its fingerprint is vault:…",
    );
    team.run("carol", "get DB -c prod")
        .prints("in-production")
        .says("note: members of team acme changed since this laptop last looked: ci was added");
    // A reader of the vault reads both, and writes neither.
    team.run("carol", "member add ci --to cluster:prod -j")
        .prints(
            "{\n  \
         \"section\": {\n    \
         \"kind\": \"cluster\",\n    \
         \"id\": \"prod\"\n  \
         },\n  \
         \"vault\": \"vault:…\",\n  \
         \"members\": [\n    \
         \"alice\",\n    \
         \"bob\",\n    \
         \"carol\",\n    \
         \"ci\"\n  \
         ],\n  \
         \"outside\": [\n    \
         \"dave\"\n  \
         ],\n  \
         \"exposed\": 1\n\
         }\n",
        )
        .says("");

    team.run("carol", "member remove bob --from cluster:prod -y").fails(
        4,
        "error: you are in cluster prod of team acme through bob\n \
         hint: ask alice: `etui member remove bob --from cluster:prod`",
    );
    team.run("alice", "member remove bob --from cluster:prod").fails(
        2,
        "note: members of closed cluster prod changed since this laptop last looked: carol was added; ci was added\n\
         error: `member remove --from` needs confirmation\n \
         hint: run it again with `-y`",
    );
    team.run("alice", "member remove bob --from cluster:prod -y").prints("").says(
        "removed bob from closed cluster prod of team acme\n\
         note: 1 secret needs a new value, since others could read it: `etui rotate -c prod`\n\
         note: bob can still read old copies of cluster prod, and is still a member of team acme",
    );
    team.run("bob", "get DB -c prod").fails(
        5,
        "error: cluster prod of team acme is closed to your key\n \
         hint: ask alice or carol, who can let you in: `etui member add YOU --to cluster:prod`",
    );
    // Both could read it, and it is one secret.
    team.run("alice", "member remove ci --from cluster:prod -y -j")
        .prints(
            "{\n  \
         \"section\": {\n    \
         \"kind\": \"cluster\",\n    \
         \"id\": \"prod\"\n  \
         },\n  \
         \"vault\": \"vault:…\",\n  \
         \"members\": [\n    \
         \"alice\",\n    \
         \"carol\"\n  \
         ],\n  \
         \"outside\": [\n    \
         \"bob\",\n    \
         \"ci\",\n    \
         \"dave\"\n  \
         ],\n  \
         \"exposed\": 1\n\
         }\n",
        )
        .says("");
    team.run("alice", "rotate").says("error: `rotate` asks about 1 secret, and there is no terminal to ask\n \
         hint: for a random value: `etui generate DB -c prod`; or for one of your own: `etui set DB -c prod --file FILE`");

    team.run("bob", "cluster open prod -y").fails(
        5,
        "error: cluster prod of team acme is closed to your key\n \
         hint: ask alice or carol, who can let you in: `etui member add YOU --to cluster:prod`",
    );
    team.run("carol", "cluster open prod").fails(
        2,
        "note: members of closed cluster prod changed since this laptop last looked: bob was removed; ci was removed\n\
         error: `cluster open` needs confirmation\n \
         hint: run it again with `-y`",
    );
    team.run("carol", "cluster open prod -y").prints("").says(
        "opened cluster prod of team acme: every member can read it\n\
         note: every other laptop will refuse this version until its user accepts it: `etui trust`",
    );
    team.run("dave", "get DB -c prod").fails(
        6,
        "error: cluster prod of FILE was closed, and is open or gone; carol wrote it\n \
         hint: its members bring it back, from an older copy of the vault: `etui cluster restore prod --from FILE`; or if it was done on purpose, accept it: `etui trust`",
    );
    team.run("dave", "trust -y").ok();
    team.run("dave", "get DB -c prod").prints("in-production");
}

#[test]
fn what_nobody_can_read_but_the_team_needs_no_new_value() {
    let team = Team::new();
    team.run("alice", "cluster close prod --for alice,bob,carol,dave -y")
        .prints("")
        .says("closed cluster prod of team acme for alice, bob, carol and dave; its fingerprint is vault:…");
    team.run("alice", "audit").prints("");
    team.run("alice", "cluster create empty").ok();
    team.run("alice", "cluster close empty --for alice -y")
        .prints("")
        .says("closed cluster empty of team acme for alice; its fingerprint is vault:…");
}

#[test]
fn what_moves_into_a_closed_section_was_read_by_the_team() {
    let team = Team::new();
    team.run("bob", "cluster close prod --for carol -y").ok();
    team.run("bob", "set OWN --value never-outside -c prod").ok();
    team.run("bob", "set MOVED --value once-outside -g").ok();
    team.run("bob", "set COPIED --value still-outside -g").ok();
    team.run("bob", "move MOVED -g --to cluster:prod").ok();
    team.run("bob", "copy COPIED -g --to cluster:prod").ok();
    let audit = team.run("carol", "audit");
    let found = audit.text().lines().filter(|line| line.contains("until its section was closed"));
    let found: Vec<&str> = found.map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(found, ["COPIED", "DB", "MOVED"], "{audit:?}");
}

#[test]
fn a_change_of_members_that_cannot_be_says_why() {
    let team = Team::closed_by_bob();
    team.run("alice", "cluster close prod --for bob -y").fails(
        4,
        "error: cluster prod of team acme is closed already\n \
         hint: to let a member in: `etui member add MEMBER --to cluster:prod`",
    );
    team.run("alice", "cluster close dev --for bobb -y").fails(
        3,
        "error: no member bobb in team acme\n \
         hint: did you mean bob?",
    );
    team.run("alice", "cluster close nothing --for bob -y").fails(
        3,
        "error: no cluster nothing in team acme\n \
         hint: the clusters are dev and prod; to create it: `etui cluster create nothing`",
    );
    team.run("alice", "cluster open dev -y").fails(
        4,
        "error: cluster dev of team acme is not closed: every member reads it\n \
         hint: to close it: `etui cluster close dev --for MEMBER`",
    );
    team.run("alice", "member add bob --to team").fails(4, "error: team acme is not closed: every member reads it");
    team.run("alice", "member add bob --to cluster:dev").fails(
        4,
        "error: cluster dev of team acme is not closed: every member reads it\n \
         hint: to close it: `etui cluster close dev --for MEMBER`",
    );
    team.run("alice", "member add alice --to cluster:prod").fails(
        5,
        "error: cluster prod of team acme is closed to your key\n \
         hint: ask bob, carol or dave, who can let you in: `etui member add YOU --to cluster:prod`",
    );
    team.run("bob", "member add erin --to cluster:prod").fails(
        3,
        "note: members of closed cluster prod changed since this laptop last looked: dave was added\n\
         error: no member erin in team acme\n \
         hint: the members are alice, bob, carol and dave",
    );
    team.run("bob", "member add carol --to cluster:prod").fails(
        4,
        "error: carol is already a member of cluster prod of team acme\n \
         hint: to see who is: `etui member list`",
    );
    team.run("bob", "member remove alice --from cluster:prod").fails(
        3,
        "error: alice is not a member of cluster prod of team acme\n \
         hint: to see who is: `etui member list`",
    );
    team.run("bob", "member remove erin --from cluster:prod").fails(
        3,
        "error: no member erin in team acme\n \
         hint: the members are alice, bob, carol and dave",
    );
    team.run("bob", "member remove bob --from cluster:prod").fails(
        4,
        "error: only another writer can remove bob from cluster prod of team acme\n \
         hint: ask carol or dave: `etui member remove bob --from cluster:prod`",
    );
    team.run("dave", "member remove carol --from cluster:prod").fails(4, "first time this laptop opens team acme; trusting its founder alice, vault fingerprint vault:…; compare it with what `etui trust` shows to another member\n\
         first time this laptop opens closed cluster prod of team acme, vault:…\n\
         error: you are in cluster prod of team acme through carol\n \
         hint: ask bob: `etui member remove carol --from cluster:prod`");
    team.run("bob", "member remove dave --from cluster:prod -y").ok();
    team.run("bob", "member add dave --to cluster:prod").fails(
        4,
        "error: dave was removed from cluster prod of team acme, and this key cannot come back\n \
         hint: dave needs a new key, there: `etui key rotate`",
    );
    // carol removes the root, and is the root from then on, and the last one.
    team.run("carol", "member remove bob --from cluster:prod -y").ok();
    team.run("carol", "set NEW --value new -c prod").ok();
    team.run("carol", "member remove carol --from cluster:prod").fails(4, "error: carol is the last writer of cluster prod of team acme\n \
         hint: let another one in first: `etui member add MEMBER --to cluster:prod`; or to open it to all: `etui cluster open prod`");
}

#[test]
fn a_member_removed_from_the_team_is_out_of_its_closed_sections() {
    let team = Team::closed_by_bob();
    team.run("alice", "cluster close dev --for carol -y").ok();
    assert_eq!(
        team.sections("alice"),
        "alice: cluster:dev, bob: cluster:prod, carol: cluster:dev cluster:prod, dave: cluster:prod"
    );
    // alice is not in prod. dave is in it through carol, and bob, whom carol depends on, is the root there.
    team.run("alice", "member remove carol -y").prints("").says("removed carol from team acme and cluster dev\n\
         note: 1 secret needs a new value, since a removed member could read it: `etui rotate`\n\
         note: cluster prod still lists carol as before; ask bob or dave: `etui member remove carol --from cluster:prod`\n\
         note: carol can still read old copies of the vault; each laptop learns of the removal when it sees this version");
    team.run("alice", "audit").exits(1, "DB\tcluster dev\tread by carol, who was removed\n\
         DB\tcluster dev\tread by bob, carol and dave, until its section was closed\n").says("note: cluster prod is closed to your key, and left out; bob and dave can let you in\n\
         note: anyone with an old copy of the vault can still read it; only new values help\n\
         warning: cluster prod still lists carol, who was removed; ask bob or dave: `etui member remove carol --from cluster:prod`\n\
         error: 1 secret needs a new value\n \
         hint: one after another: `etui rotate`; or for one that may stay: `etui audit acknowledge NAME --reason TEXT`");
    team.run("dave", "get DB -c prod").prints("in-production").says("first time this laptop opens team acme; trusting its founder alice, vault fingerprint vault:…; compare it with what `etui trust` shows to another member\n\
         first time this laptop opens closed cluster prod of team acme, vault:…");
    team.run("dave", "set DB --value other -c prod").fails(
        4,
        "error: carol was removed from team acme, and you are in cluster prod of team acme through carol\n \
         hint: ask bob to remove carol there too: `etui member remove carol --from cluster:prod`",
    );
    // What else he does is not held up.
    team.run("dave", "set A --value a -g").prints("");
    team.run("bob", "member remove carol --from cluster:prod -y").prints("").says(
        "note: members of team acme changed since this laptop last looked: carol was removed\n\
         note: members of closed cluster prod changed since this laptop last looked: dave was added\n\
         removed carol from closed cluster prod of team acme\n\
         note: 1 secret needs a new value, since others could read it: `etui rotate -c prod`\n\
         note: carol can still read old copies of cluster prod",
    );
    team.run("dave", "set DB --value other -c prod").prints("");
    team.run("alice", "audit")
        .exits(
            1,
            "DB\tcluster dev\tread by carol, who was removed\n\
         DB\tcluster dev\tread by bob, carol and dave, until its section was closed\n",
        )
        .says(
            "note: cluster prod is closed to your key, and left out; bob and dave can let you in\n\
         note: anyone with an old copy of the vault can still read it; only new values help\n\
         error: 1 secret needs a new value\n \
         hint: one after another: `etui rotate`; or for one that may stay: `etui audit acknowledge NAME --reason TEXT`",
        );

    // The root of the section goes. The next writer becomes the root, and others follow.
    team.run("alice", "member add bob --to cluster:dev").ok();
    team.run("alice", "member remove bob -j -y")
        .prints(
            "{\n  \
         \"name\": \"bob\",\n  \
         \"role\": \"writer\",\n  \
         \"fingerprint\": \"key:…\",\n  \
         \"recipient\": \"age1…\",\n  \
         \"addedBy\": \"alice\",\n  \
         \"added\": \"WHEN\",\n  \
         \"sections\": [\n    \
         \"cluster:dev\",\n    \
         \"cluster:prod\"\n  \
         ],\n  \
         \"left\": [\n    \
         {\n      \
         \"section\": \"cluster:prod\",\n      \
         \"ask\": [\n        \
         \"dave\"\n      \
         ]\n    \
         }\n  \
         ]\n\
         }\n",
        )
        .says("");
    team.run("dave", "get DB -c prod").prints("other");
    team.run("dave", "set DB --value third -c prod").prints("").says(
        "note: bob was removed from the team, and is out of closed cluster prod now\n\
         updated DB in cluster prod of team acme",
    );
    team.run("dave", "doctor").ok();
    assert_eq!(team.sections("dave"), "alice: cluster:dev, dave: cluster:prod");
    // He alone can change it.
    team.run("alice", "member remove dave").fails(2, "note: nobody else can change cluster prod: dave must let another writer in first: `etui member add MEMBER --to cluster:prod`\n\
         error: `member remove` needs confirmation\n \
         hint: run it again with `-y`");
    team.run("alice", "member remove dave -y").prints("").says("note: nobody else can change cluster prod: dave must let another writer in first: `etui member add MEMBER --to cluster:prod`\n\
         removed dave from team acme\n\
         note: 2 secrets need new values, since a removed member could read them: `etui rotate`\n\
         note: cluster prod still lists dave as before, and nobody who is left can change that\n\
         note: dave can still read old copies of the vault; each laptop learns of the removal when it sees this version");
    team.run("alice", "cluster delete prod").fails(
        5,
        "error: cluster prod of team acme is closed to your key\n \
         hint: no writer of the team is in it; to give it up: `etui cluster delete prod --force`",
    );
    team.run("alice", "cluster delete prod --force -y").prints("").says(
        "deleted cluster prod in team acme\n\
         note: it was closed, so its values are not in the history; a copy of the vault from before brings it back: `etui cluster restore prod --from FILE`\n\
         note: every other laptop will refuse this version until its user accepts it: `etui trust`",
    );
    team.run("alice", "doctor").ok();
    assert_eq!(team.sections("alice"), "alice: cluster:dev");
}

#[test]
fn a_new_key_comes_into_the_closed_sections() {
    let team = Team::closed_by_bob();
    team.run("alice", "cluster close dev --for carol -y").ok();
    team.types("carol", &format!("etui vault add {}", team.file.display())).ok();
    let begun = team.types("carol", "etui key rotate").ok();
    // alice is in dev only.
    team.types("alice", begun.text()).ok().says("updated carol in team acme and cluster dev, as a writer; key fingerprint key:…\n\
         note: the old key is removed for good; to list what it could read: `etui -t acme audit`\n\
         note: cluster prod still lists carol as before; ask bob or dave: `etui -t acme member add carol --to cluster:prod`");
    assert_eq!(team.sections("alice"), "alice: cluster:dev, bob: cluster:prod, carol: cluster:dev, dave: cluster:prod");
    // The old key still opens prod, and writes there only what bob lets it.
    team.run("carol", "get DB -c prod").prints("in-production");
    team.run("carol", "set DB --value new -c prod").fails(
        4,
        "error: cluster prod of team acme still lists your earlier key\n \
         hint: ask bob: `etui member add carol --to cluster:prod`",
    );
    let waiting = team.types("carol", "etui key rotate -y").ok();
    let line = waiting.text().to_owned();
    waiting.prints("etui member add carol --to cluster:prod -t acme\n").says(
        "team acme lists the new key, as carol\n\
         cluster prod of team acme still lists the old key: send this line to bob\n\
         once it has arrived, as by `git pull`, take the old key out of the file: `etui key rotate`",
    );
    team.types("bob", &line).ok().says(
        "note: members of team acme changed since this laptop last looked: carol has other keys\n\
         note: members of closed cluster prod changed since this laptop last looked: dave was added\n\
         added carol to closed cluster prod of team acme; its fingerprint is vault:…",
    );
    team.types("carol", "etui key rotate -y").ok().prints("");
    team.run("carol", "set DB --value new -c prod").prints("").says("updated DB in cluster prod of team acme");
    team.run("dave", "get DB -c prod").prints("new");
}

#[test]
fn the_root_of_a_section_takes_its_new_key_along() {
    let team = Team::new();
    team.run("bob", "cluster close prod --for bob -y").ok();
    team.types("bob", &format!("etui vault add {}", team.file.display())).ok();
    let begun = team.types("bob", "etui key rotate").ok();
    team.types("alice", begun.text()).ok().says("updated bob in team acme, as a writer; key fingerprint key:…\n\
         note: the old key is removed for good; to list what it could read: `etui -t acme audit`\n\
         note: cluster prod still lists bob as before; bob must do it, with both keys at hand: `etui -t acme member add bob --to cluster:prod`");
    team.run("bob", "set DB --value new -c prod").fails(
        4,
        "note: members of team acme changed since this laptop last looked: bob has other keys\n\
         error: cluster prod of team acme still lists your earlier key\n \
         hint: with both keys at hand: `etui member add bob --to cluster:prod`",
    );
    team.types("bob", "etui key rotate -y").ok().prints("");
    team.run("bob", "set DB --value new -c prod").prints("").says("updated DB in cluster prod of team acme");

    // alice is the root of the vault and of dev.
    team.run("alice", "cluster close dev --for bob -y").ok();
    team.types("alice", "etui key rotate").ok();
    team.types("alice", "etui key rotate -y").ok();
    team.run("alice", "set DB --value new -c dev").prints("").says("updated DB in cluster dev of team acme");
    team.run("bob", "get DB -c dev").prints("new");
}

#[test]
fn a_new_name_comes_into_the_closed_sections() {
    let team = Team::closed_by_bob();
    // alice cannot write prod, where carol keeps the old name, which decides nothing.
    team.run("alice", "member rename carol caroline").prints("").says("renamed carol to caroline in team acme");
    team.run("carol", "set DB --value new -c prod").prints("").says(
        "note: members of team acme changed since this laptop last looked: carol is now called caroline\n\
         updated DB in cluster prod of team acme",
    );
    team.run("bob", "list -c prod").prints("DB\tWHEN\tcaroline\t\n").says(
        "note: members of team acme changed since this laptop last looked: carol is now called caroline\n\
         note: members of closed cluster prod changed since this laptop last looked: dave was added",
    );
    // Another one comes under that name.
    let erin = Bench::new();
    let line = erin.etui(["join", "--as", "carol"]).ok();
    team.run("alice", line.text().trim_end().strip_prefix("etui ").unwrap()).ok();
    team.run("bob", "member add carol --to cluster:prod").prints("").says(
        "note: members of team acme changed since this laptop last looked: carol was added\n\
         added carol to closed cluster prod of team acme; its fingerprint is vault:…",
    );
}

#[test]
fn a_reader_of_a_section_reads_it_until_a_writer_of_it_lets_them_write() {
    let team = Team::new();
    let ci = Bench::new();
    let key = ci.etui(["key", "new", "-j"]).ok().document();
    let text = |field: &str| key[field].as_str().unwrap().to_owned();
    team.run("alice", &format!("member add ci {}", text("recipient"))).ok();
    team.run("bob", "cluster close prod --for ci -y").ok();
    // alice is not in it, so she makes ci a writer of the vault alone.
    team.run("alice", &format!("member update ci {}", text("card"))).prints("").says(
        "updated ci in team acme, as a writer; key fingerprint key:…\n\
         note: compare it with ci by voice: it is the key fingerprint of `etui key show` there\n\
         note: cluster prod still lists ci as before; ask bob: `etui member add ci --to cluster:prod`",
    );
    let vault = team.file.display().to_string();
    let as_ci = |line: &str| ci.etui(line.split(' ').chain(["--vault", &vault]));
    as_ci("get DB -c prod").prints("in-production");
    let refused = as_ci("set DB --value new -c prod");
    assert_eq!(refused.code, 5);
    Outcome { err: refused.err.replace(&format!(" --vault {vault}"), ""), ..refused }.says(
        "error: your key may not write cluster prod of team acme\n \
         hint: ask bob, who can let you write: `etui member add YOU --to cluster:prod`",
    );
    team.run("bob", "member add ci --to cluster:prod").ok();
    as_ci("set DB --value new -c prod").prints("").says(
        "note: members of closed cluster prod changed since this laptop last looked: ci has other keys\n\
         updated DB in cluster prod of team acme",
    );
    assert_eq!(team.sections("carol"), "alice: , bob: cluster:prod, carol: , ci: cluster:prod, dave: ");
}
