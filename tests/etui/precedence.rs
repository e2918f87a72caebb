//! Precedence: project over cluster over team. Of the sections that set a name only the strongest applies.

use crate::bench::Bench;

const SECTIONS: [(&str, &[&str]); 3] = [("team", &["-g"]), ("gpu", &["-c", "gpu"]), ("web", &["-p", "web"])];

/// A vault with a name for each subset of the sections, set in exactly those: N1 … N7. Bit 0 is the team, bit
/// 2 the project.
fn all_subsets() -> Bench {
    let bench = Bench::acme();
    for subset in 1..8 {
        for (at, (value, scope)) in SECTIONS.iter().enumerate() {
            if subset >> at & 1 == 1 {
                bench.etui(["set", &format!("N{subset}"), "--value", value].iter().chain(*scope)).ok();
            }
        }
    }
    bench
}

/// The value that applies: that of the strongest section in both the subset and the context.
fn expected(subset: usize, seen: usize) -> Option<&'static str> {
    (0..3).rev().find(|at| subset & seen & 1 << at != 0).map(|at| SECTIONS[at].0)
}

#[test]
fn the_strongest_section_wins_for_every_subset_in_every_context() {
    let bench = all_subsets();
    for (options, seen) in [
        (&["-g"][..], 0b001),
        (&[], 0b001),
        (&["-p", "api"], 0b001),
        (&["-c", "gpu"], 0b011),
        (&["-c", "gpu", "-p", "api"], 0b011),
        (&["-p", "web"], 0b101),
        (&["-p", "web", "-c", "gpu"], 0b111),
        (&["-c", "gpu", "-p", "web"], 0b111),
    ] {
        let pairs = || (1..8).filter_map(|subset| Some((format!("N{subset}"), expected(subset, seen)?)));
        let dotenv: String = pairs().map(|(name, value)| format!("{name}={value}\n")).collect();
        bench.etui(["resolve"].iter().chain(options)).prints(&dotenv).says("");
        let document = bench.etui(["resolve", "-j"].iter().chain(options)).ok().document();
        let object: serde_json::Map<_, _> = pairs().map(|(name, value)| (name, value.into())).collect();
        assert_eq!(document, serde_json::Value::Object(object));
        let run = ["run"].iter().chain(options).chain(&["--", "sh", "-c", "env | grep '^N[0-9]=' | sort"]);
        bench.etui(run).prints(&dotenv);
        for subset in 1..8 {
            let got = bench.etui(["get", &format!("N{subset}")].iter().chain(options));
            assert_eq!((got.code, got.text()), expected(subset, seen).map_or((3, ""), |value| (0, value)));
        }
    }
}

#[test]
fn explain_shows_the_winner_and_the_shadowed_sections() {
    let bench = all_subsets();
    bench.etui(["explain", "-p", "web", "-c", "gpu"]).prints(
        "N1\tteam\t\nN2\tcluster gpu\t\nN3\tcluster gpu\tteam\nN4\tproject web\t\nN5\tproject web\tteam\n\
         N6\tproject web\tcluster gpu\nN7\tproject web\tcluster gpu, team\n",
    );
    bench.etui(["explain", "N7", "-c", "gpu"]).prints("N7\tcluster gpu\tteam\n").says("");
    let section = |kind: &str, id: &str| serde_json::json!({"kind": kind, "id": id});
    assert_eq!(
        bench.etui(["explain", "N7", "-p", "web", "-c", "gpu", "-j"]).ok().document(),
        serde_json::json!([{
            "name": "N7",
            "wins": section("project", "web"),
            "shadowed": [section("cluster", "gpu"), section("team", "acme")],
        }])
    );
    bench
        .etui(["explain", "N4"])
        .fails(3, "error: N4 is not set in team acme\n hint: it is set in project web: `etui get N4 -p web`");
}
