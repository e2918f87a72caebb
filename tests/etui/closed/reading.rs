//! What members and others see of a closed section. For members everything is as in an open one. The others see that
//! it exists, who is in it, and when it changed; nothing of what is in it.

use std::fs;

use serde_json::json;

use crate::bench::{Bench, Outcome, feed};
use crate::terminal::driver::Terminal;

/// What nobody outside may see: a name, a value and a note in the closed section.
pub const INSIDE: [&str; 4] = ["HIDDEN_NAME", "hidden-value-1", "hidden-note", "HIDDEN_ENTRY"];

/// The machines of alice and bob, who are in closed cluster prod, and of carol, who is not. All open one file.
pub struct Team {
    alice: Bench,
    pub bob: Bench,
    pub carol: Bench,
}

impl Team {
    /// Cluster prod holds a secret and an entry, and was closed before.
    pub fn new() -> Team {
        let team = Team::of_three();
        team.alice("cluster create prod").ok();
        team.alice("cluster close prod --for bob -y").ok();
        team.alice("set HIDDEN_NAME --value hidden-value-1 --note hidden-note -c prod").ok();
        team.alice("env set HIDDEN_ENTRY secret:TOKEN -c prod").ok();
        team.carol("set TOKEN --value token-of-the-team -g").ok();
        team.carol("set DB --value database-of-web -p web").ok();
        team.bob("list -c prod").ok();
        team
    }

    fn of_three() -> Team {
        let team = Team { alice: Bench::acme(), bob: Bench::new(), carol: Bench::new() };
        for (bench, name) in [(&team.bob, "bob"), (&team.carol, "carol")] {
            let joined = bench.etui(["join", "--as", name]).ok();
            team.alice(joined.text().trim_end().strip_prefix("etui ").unwrap()).ok();
        }
        // What is said the first time is another test's.
        for bench in [&team.bob, &team.carol] {
            team.run(bench, "list --all").ok();
        }
        team
    }

    /// Hands somebody the vault, as git would. What messages tell to type is tried in a copy of one machine alone.
    pub fn give(&self, bench: &Bench) {
        fs::copy(self.alice.vault(), bench.vault()).unwrap();
    }

    /// Runs a command on somebody's copy of the vault, which then goes back to all.
    fn run(&self, bench: &Bench, line: &str) -> Outcome {
        self.piped(bench, "", line)
    }

    fn piped(&self, bench: &Bench, input: &str, line: &str) -> Outcome {
        let is_alice = std::ptr::eq(bench, &self.alice);
        if !is_alice {
            self.give(bench);
        }
        let mut command = bench.command(line.split(' '));
        let outcome = feed(command.env("EDITOR", "true"), input.as_bytes()).mask_times();
        if !is_alice {
            fs::copy(bench.vault(), self.alice.vault()).unwrap();
        }
        outcome
    }

    fn alice(&self, line: &str) -> Outcome {
        self.run(&self.alice, line)
    }

    fn bob(&self, line: &str) -> Outcome {
        self.run(&self.bob, line)
    }

    fn carol(&self, line: &str) -> Outcome {
        self.run(&self.carol, line)
    }
}

/// What carol is told where a section is left out.
const NOTE: &str = "note: cluster prod is closed to your key, and left out; alice and bob can let you in";

/// What carol is told where nothing works without it.
const CLOSED: &str = "error: cluster prod of team acme is closed to your key\n \
    hint: ask alice or bob, who can let you in: `etui member add YOU --to cluster:prod`";

/// What a member does all day, in cluster prod and around it.
const EVERYDAY: &[(&str, &str)] = &[
    ("", "set A --value one-long-value -c prod"),
    ("", "set A --value two-long-value --note rotated -c prod"),
    ("", "set A --value two-long-value --note rotated -c prod"),
    ("", "create B --value b-long-value --expires 2020-01-01 -c prod"),
    ("", "create B --value b -c prod"),
    ("", "update NONE --value b -c prod"),
    ("", "generate G --length 12 -c prod"),
    ("", "set TEAM_KEY --value team-long-value -g"),
    ("", "set A --value web-long-value -p web"),
    ("X=1\nY=imported-value\n", "import - --dry-run -c prod"),
    ("X=1\nY=imported-value\n", "import - -c prod"),
    ("", "env set LEVEL info -c prod"),
    ("", "env set IN_PROD secret:TEAM_KEY -c prod"),
    ("", "env set IN_WEB secret:Y -p web"),
    ("", "use B -c prod"),
    ("", "use Y --as Y_FILE --as-file -p api"),
    ("", "env list -c prod"),
    ("", "list -c prod"),
    ("", "list -c prod -F name,size,encoding,refers"),
    ("", "list --all"),
    ("", "list --effective -c prod -p web"),
    ("", "explain -c prod -p web"),
    ("", "explain A -c prod -p web -j"),
    ("", "get A -c prod"),
    ("", "get B -c prod --exact"),
    ("", "get A -c prod -p web"),
    ("", "get A -c prod --version 1"),
    ("", "get IN_PROD -c prod"),
    ("", "get IN_WEB -p web -c prod"),
    ("", "get IN_WEB -p web"),
    ("", "get NONE -c prod"),
    ("", "get NONE -p web"),
    ("", "resolve -c prod -p web --except G"),
    ("", "resolve -c prod --only AUTH_SECRET,IN_PROD --format json"),
    ("", "resolve -p web"),
    ("", "run -c prod --only B -- sh -c true"),
    ("A=\nNONE=\n", "check - -c prod"),
    ("", "compare cluster:prod project:web"),
    ("", "compare team cluster:prod -j"),
    ("two-long-value", "which"),
    ("one-long-value", "which --history"),
    ("log two-long-value\n", "redact"),
    ("", "scan --history-values"),
    ("", "history A -c prod"),
    ("", "history A -c prod -j"),
    ("", "log -c prod"),
    ("", "log A"),
    ("", "restore A -c prod"),
    ("", "purge A -c prod -y"),
    ("", "settle A -c prod --pick 1"),
    ("", "audit"),
    ("", "audit acknowledge B --reason test -c prod"),
    ("", "audit --all -j"),
    ("", "rotate A -c prod"),
    ("", "rename A C -c prod"),
    ("", "rename Y Z -c prod"),
    ("", "rename Y Z -c prod --update-references"),
    ("", "delete B -c prod"),
    ("", "delete B -c prod --force"),
    ("", "restore B -c prod"),
    ("", "move C -c prod --to project:web"),
    ("", "move Z -c prod --to project:web --update-references"),
    ("", "move TEAM_KEY -g --to cluster:prod --update-references"),
    ("", "copy C -p web --to cluster:prod"),
    ("", "copy B -c prod --to team"),
    ("", "edit -c prod"),
    ("", "edit -c prod"),
    ("", "secrets list cluster --id prod"),
    ("", "secret list -c prod -F name --orderBy name"),
    ("", "diff HEAD"),
    ("", "cluster delete prod"),
];

#[test]
fn for_a_member_everything_is_as_in_an_open_section() {
    let teams = [true, false].map(|is_closed| {
        let alice = Bench::acme();
        fs::write(alice.work().join("editor"), "sed -i -e /LEVEL/d \"$1\"; echo \"EDITED='by hand'\" >> \"$1\"\n")
            .unwrap();
        alice.etui(["cluster", "create", "prod"]).ok();
        if is_closed {
            alice.etui(["cluster", "close", "prod", "--for", "alice", "-y"]).ok();
        }
        alice
    });
    for (input, line) in EVERYDAY {
        let [closed, open] = teams.each_ref().map(|bench| {
            let mut command = bench.command(line.split(' '));
            command.env("EDITOR", "sh ./editor");
            let Outcome { code, out, err } = feed(&mut command, input.as_bytes());
            let root = bench.work().parent().unwrap().display().to_string();
            let text = |text: &str| text.replace(&root, "ROOT");
            Outcome { code, out: text(std::str::from_utf8(&out).unwrap()).into(), err: text(&err) }.mask_times()
        });
        // What was done within one second stands in the order of the names.
        let text = |outcome: &Outcome| {
            let mut lines: Vec<String> = outcome.text().lines().map(str::to_owned).collect();
            lines.sort_unstable_by_key(|text| line.starts_with("log").then(|| text.clone()));
            lines
        };
        // The history of a closed section goes with it.
        let open_err =
            open.err.replace("their values stay in the history", "only older copies of the vault then hold them");
        assert_eq!((closed.code, text(&closed), &closed.err), (open.code, text(&open), &open_err), "{line}");
    }
    // Its own head names it, too.
    for line in ["cluster rename prod production", "list -c production", "resolve -c production --except G"] {
        let [closed, open] = teams.each_ref().map(|bench| bench.etui(line.split(' ')).ok().mask_times().out);
        assert_eq!(String::from_utf8_lossy(&closed), String::from_utf8_lossy(&open), "{line}");
    }
}

#[test]
fn whoever_is_outside_is_told_who_can_let_them_in() {
    let team = Team::new();
    fs::write(team.carol.work().join("new.env"), "A=1\n").unwrap();
    for line in [
        "list -c prod",
        "env list -c prod",
        "get HIDDEN_NAME -c prod",
        "get TOKEN -c prod",
        "get DB -p web -c prod",
        "get HIDDEN_NAME -c prod --exact",
        "get HIDDEN_NAME -c prod --version 1",
        "resolve -c prod",
        "resolve -p web -c prod --only DB",
        "run -c prod -- echo ran",
        "run -p web -c prod --only DB -- echo ran",
        "check new.env -c prod",
        "compare team cluster:prod",
        "history HIDDEN_NAME -c prod",
        "log -c prod",
        "log HIDDEN_NAME -c prod",
        "explain NONE -c prod",
        "list --effective NONE -c prod",
        "set NEW --value x -c prod",
        "create HIDDEN_NAME --value x -c prod",
        "update HIDDEN_NAME --value x -c prod",
        "generate NEW -c prod",
        "import new.env -c prod",
        "import new.env --dry-run -c prod",
        "edit -c prod",
        "use TOKEN -c prod",
        "env set NEW x -c prod",
        "env delete HIDDEN_ENTRY -c prod",
        "delete HIDDEN_NAME -c prod",
        "delete NONE -c prod",
        "rename HIDDEN_NAME NEW -c prod",
        "move HIDDEN_NAME -c prod --to team",
        "move TOKEN -g --to cluster:prod",
        "copy HIDDEN_NAME -c prod --to team",
        "copy TOKEN -g --to cluster:prod",
        "restore HIDDEN_NAME -c prod",
        "purge -c prod -y",
        "settle HIDDEN_NAME -c prod --pick 1",
        "rotate -c prod",
        "audit acknowledge HIDDEN_NAME --reason x -c prod",
        "secret list -c prod",
        "secret get HIDDEN_NAME -c prod",
        "secrets list cluster --id prod",
        "secrets set cluster --id prod --name NEW --value x",
        "link -c prod",
        "cluster rename prod production",
        "cluster delete prod",
        "cluster delete prod --force -y",
        "cluster open prod -y",
        "member add carol --to cluster:prod",
        "member remove bob --from cluster:prod -y",
    ] {
        let told = team.carol(line);
        assert_eq!((told.code, told.text(), told.err.trim_end()), (5, "", CLOSED), "{line}");
    }
    let composed = team.carol("compose up shop --cluster prod");
    assert_eq!((composed.code, composed.text().contains("setenv")), (5, false), "{composed:?}");
    team.carol("get HIDDEN_NAME -c prod -j").fails_in_json(
        5,
        &json!({"error": {
            "code": "section_closed", "exit": 5, "message": "cluster prod of team acme is closed to your key",
            "hint": "ask alice or bob, who can let you in: `etui member add YOU --to cluster:prod`",
        }}),
    );
    team.bob("get HIDDEN_NAME -c prod").prints("hidden-value-1");
}

#[test]
fn what_spans_sections_goes_on_without_it_and_says_so_once() {
    let team = Team::new();
    let web = "DB\tproject web\tWHEN\tcarol\t\n";
    let token = "TOKEN\tteam\tWHEN\tcarol\t\n";
    team.carol("list --all").prints(&format!("{web}{token}")).says(NOTE);
    team.carol("list --effective -p web -c prod").prints(&format!("{web}{token}")).says(NOTE);
    team.carol("explain -p web -c prod").prints("DB\tproject web\t\nTOKEN\tteam\t\n").says(NOTE);
    team.carol("audit").prints("").says(NOTE);
    team.carol("log").prints("WHEN\tcarol\tDB\tproject web\tcreated\nWHEN\tcarol\tTOKEN\tteam\tcreated\n").says(NOTE);
    let scanned = format!("{NOTE}\nfound none of 2 secrets in 0 files, 0 kB");
    team.carol("scan").prints("").says(&scanned);
    let which = |value: &str| team.piped(&team.carol, value, "which");
    which("token-of-the-team").prints("TOKEN\tteam\tsecret\tcurrent\n").says(NOTE);
    which("hidden-value-1").fails(3, &format!("{NOTE}\nerror: no name in team acme has this value"));
    let text = "hidden-value-1 token-of-the-team\n";
    team.piped(&team.carol, text, "redact").prints("hidden-value-1 [TOKEN]\n").says(NOTE);
    team.piped(&team.bob, text, "redact").prints("[HIDDEN_NAME] [TOKEN]\n").says("");

    // In JSON too, on standard error alone.
    for line in ["list --all -j", "list --effective -c prod -j", "explain -c prod -j", "audit -j", "log -j", "scan -j"]
    {
        let shown = team.carol(line).says(NOTE);
        assert!(!shown.document().to_string().contains("prod"), "{shown:?}");
    }
    let doctor = team.carol("doctor").says(NOTE);
    assert!(doctor.text().contains("you are carol, a writer"), "{doctor:?}");

    // One section alone is not about it.
    for line in ["list -g", "list -p web", "resolve -p web", "get DB -p web", "log -p web", "project list"] {
        team.carol(line).ok().says("");
    }
    // For a member, nothing is left out.
    for line in ["list --all", "list --effective -p web -c prod", "explain -c prod", "audit", "log", "doctor"] {
        let shown = team.bob(line).says("");
        assert!(shown.text().contains("HIDDEN_NAME") || ["audit", "doctor"].contains(&line), "{shown:?}");
    }
}

#[test]
fn several_sections_are_one_note() {
    let team = Team::of_three();
    team.alice("cluster close gpu --for bob -y").ok();
    team.alice("project close web --for bob -y").ok();
    let note = "note: cluster gpu and project web are closed to your key, and left out; alice and bob can let you in";
    team.carol("list --all").says(note);
    team.alice("project close api --for alice -y").ok();
    let api = "project api is closed to your key, and left out; alice can let you in";
    team.carol("list --all").says(&note.replace("note: ", &format!("note: {api}; ")));
    team.bob("list -c gpu").ok();
    team.bob("explain -p api -c gpu").says(&format!("note: {api}"));
}

#[test]
fn lists_of_sections_show_who_a_closed_one_is_for() {
    let team = Team::new();
    team.carol("cluster list").prints("gpu\t0\t0\tWHEN\t\nprod\t\t\tWHEN\talice bob\n").says("");
    team.bob("cluster list").prints("gpu\t0\t0\tWHEN\t\nprod\t1\t1\tWHEN\talice bob\n").says("");
    team.bob("project list").prints("api\t0\t0\tWHEN\nweb\t1\t0\tWHEN\n");
    let prod = |secrets: Option<usize>| {
        json!({
            "id": "prod", "secrets": secrets, "entries": secrets, "created": "WHEN", "updated": "WHEN", "closed": true,
            "members": ["alice", "bob"],
        })
    };
    assert_eq!(team.carol("cluster list -j").document()["items"][1], prod(None));
    assert_eq!(team.bob("cluster list -j").document()["items"][1], prod(Some(1)));
    assert_eq!(team.bob("cluster list -j").document()["items"][0]["members"], json!(null));
}

#[test]
fn a_link_to_a_closed_section_serves_its_members() {
    let team = Team::new();
    team.bob("link -c prod").ok();
    let status = "team acme · cluster prod · unlocked\n";
    team.bob("status").prints(status);
    team.bob("get HIDDEN_NAME").prints("hidden-value-1");
    team.bob("list")
        .prints("TOKEN\tWHEN\tcarol\t\n")
        .says("note: and 1 from cluster prod applies here: `etui list --effective`");

    // It comes with the repository to somebody who is not in the section.
    fs::copy(team.bob.work().join(".etui.toml"), team.carol.work().join(".etui.toml")).unwrap();
    team.carol("link --accept").ok();
    team.carol("status").prints(status);
    team.carol("list").prints("TOKEN\tWHEN\tcarol\t\n").says(NOTE);
    team.carol("resolve").fails(5, CLOSED);
    team.carol("list NONE --all").fails(3, &format!("{NOTE}\nerror: NONE is not set anywhere in team acme"));
    team.carol("list --effective").prints("TOKEN\tteam\tWHEN\tcarol\t\n").says(NOTE);
    // Nothing is decrypted for it.
    fs::write(team.alice.vault(), "").unwrap();
    team.bob("status").prints(status);
}

#[test]
fn whoever_removes_a_secret_is_told_where_nobody_could_look() {
    let team = Team::new();
    let note = |names: &str| format!("note: {names} may be in use in cluster prod, which is closed to your key\n");
    let said = |names, done: &str| format!("{}{done}", note(names));
    team.carol("set OTHER --value x -g").ok();
    team.carol("delete OTHER TOKEN -g")
        .ok()
        .says(&said("OTHER and TOKEN", "deleted OTHER and TOKEN in team acme; undo: `etui restore OTHER TOKEN -g`"));
    team.carol("restore TOKEN -g").ok();
    team.carol("rename TOKEN KEY -g").says(&said("TOKEN", "renamed TOKEN to KEY in team acme"));
    team.carol("move KEY -g --to project:web").says(&said("KEY", "moved KEY from team to project web of team acme"));
    // An entry of one cluster never refers to another.
    team.carol("set KEY --value x -c gpu").ok();
    team.carol("delete KEY -c gpu").says("deleted KEY in cluster gpu of team acme; undo: `etui restore KEY -c gpu`");
    // Its members see what is in use.
    team.bob("get HIDDEN_ENTRY -c prod").fails(
        3,
        "error: entry HIDDEN_ENTRY of cluster prod of team acme refers to TOKEN, \
         which is not set in cluster prod of team acme\n \
         hint: `etui set TOKEN -c prod`; or without the entry: `etui env delete HIDDEN_ENTRY -c prod`",
    );
    team.bob("rename KEY TOKEN -p web").says("renamed KEY to TOKEN in project web of team acme");
    team.bob("get HIDDEN_ENTRY -p web -c prod").prints("token-of-the-team");
    team.bob("delete TOKEN -p web").fails(
        4,
        "error: TOKEN in project web of team acme is in use by HIDDEN_ENTRY of cluster prod\n \
         hint: `delete` takes `--force`; `rename` and `move` take `--update-references`",
    );
}

#[test]
fn audit_lists_for_members_what_others_could_read() {
    let team = Team::of_three();
    team.alice("set DB --value read-by-everyone -c gpu").ok();
    team.alice("set SAME --value read-by-everyone-too -c gpu").ok();
    team.alice("cluster close gpu --for bob -y").ok();
    let why = "read by carol, until its section was closed";
    let line = |name: &str| format!("{name}\tcluster gpu\t{why}\n");
    team.bob("audit").exits(1, &(line("DB") + &line("SAME")));
    team.carol("audit")
        .prints("")
        .says("note: cluster gpu is closed to your key, and left out; alice and bob can let you in");
    team.carol("rotate").says(
        "note: cluster gpu is closed to your key, and left out; alice and bob can let you in\n\
         no secret needs a new value",
    );

    team.bob("audit acknowledge SAME --reason test -c gpu")
        .says(&format!("acknowledged SAME in cluster gpu of team acme: {why}"));
    team.bob("audit").exits(1, &line("DB"));
    team.alice("rotate -c gpu").fails(
        2,
        "error: `rotate` asks about 1 secret, and there is no terminal to ask\n \
         hint: for a random value: `etui generate DB -c gpu`; \
         or for one of your own: `etui set DB -c gpu --file FILE`",
    );
    let mut terminal = Terminal::etui(&team.alice, ["rotate"]);
    terminal.sees(&format!("DB in cluster gpu of team acme (1 of 1): {why}")).sees("> ").types("generate\n");
    let screen = terminal.ends().screen;
    assert!(screen.contains("generated a new value for DB in cluster gpu of team acme"), "{screen}");
    team.bob("audit").prints("").says("note: 1 finding is acknowledged: `etui audit --all`");
}

#[test]
fn whoever_is_put_out_by_a_change_has_not_read_what_it_sets() {
    let team = Team::of_three();
    team.alice("cluster close gpu --for bob -y").ok();
    team.alice("set KEY --value key-of-the-cluster -c gpu").ok();
    team.alice("set OTHER --value another-of-the-cluster -c gpu").ok();
    // carol is not in the section, so bob stays in it until somebody of it writes there.
    team.carol("member remove bob -y").ok();
    team.alice("set KEY --value a-new-one-for-alice -c gpu").ok();
    team.alice("audit").exits(1, "OTHER\tcluster gpu\tread by bob, who was removed\n");
}

/// Everything that reads, as somebody outside types it.
const READS: &[&str] = &[
    "status",
    "status --disputes",
    "list",
    "list --all -j",
    "list HIDDEN_N* --all",
    "list --effective -c prod",
    "list --all --expiring 9000d",
    "explain -c prod",
    "explain *HIDDEN* -c prod",
    "get HIDDEN_NAM -c prod",
    "get HIDDEN_NAM -g",
    "get HIDDEN_NAM -p web",
    "resolve -p web --only HIDDEN_NAM",
    "resolve -c prod",
    "run -c prod -- true",
    "run -p web --redact -- true",
    "check new.env -p web",
    "compare cluster:prod team",
    "history HIDDEN_NAM -c prod",
    "log",
    "log HIDDEN_NAM",
    "audit --all -j",
    "audit --older-than 1d",
    "scan",
    "scan --history-values",
    "diff acme.age",
    "doctor",
    "member list -j",
    "cluster list -j",
    "trust",
    "trust --export",
    "use HIDDEN_NAM -p web",
    "delete HIDDEN_NAM -g",
    "env set NEW secret:HIDDEN_NAM -p web",
    "rename TOKEN HIDDEN_NAM2 -g",
    "copy DB -p web --to cluster:prod",
    "cluster delete prod",
    "rotate",
    "git textconv acme.age",
    "member rename carol caroline",
];

#[test]
fn nothing_from_inside_is_shown_to_anybody_outside() {
    let team = Team::new();
    fs::write(team.carol.work().join("new.env"), "A=1\n").unwrap();
    fs::copy(team.alice.vault(), team.carol.work().join("acme.age")).unwrap();
    let check = |what: &str, told: &Outcome| {
        let text = format!("{}{}", String::from_utf8_lossy(&told.out), told.err);
        for hidden in INSIDE {
            assert!(!text.contains(hidden), "{what} shows {hidden}: {text}");
        }
    };
    for line in READS {
        check(line, &team.carol(&format!("-l debug {line}")));
    }
    // What a shell completes: names, sections and members.
    for words in ["get ''", "get -c prod ''", "delete -c prod ''", "log ''", "env delete -c prod ''", "link -c ''"] {
        let script = format!("ETUI_COMPLETE=fish etui -- etui {words}");
        let [told, own] = [&team.carol, &team.bob].map(|bench| {
            team.give(bench);
            bench.sh(&script)
        });
        check(words, &told);
        let is_about_names = !words.starts_with("link");
        assert_eq!(own.text().contains("HIDDEN_"), is_about_names, "{words}: {own:?}");
    }
}
