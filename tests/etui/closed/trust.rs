//! Whom and what a laptop trusts of closed sections: `trust`, tokens, `restore`, and sealed environments.

use std::fs;

use super::{Team, at, file, hand, trusting};
use crate::bench::{Bench, bytes};

#[test]
fn explore() {
    let team = Team::new();
    fs::write(team.alice.work().join("older.age"), bytes(file(&team.alice))).unwrap();
    let show = |o: crate::bench::Outcome| println!("{}\n{}{}---", o.code, o.text(), o.err);
    show(at(&team.carol, "get DB -c prod"));
    show(at(&team.alice, "trust"));
    show(at(&team.carol, "trust"));
    at(&team.bob, "set DB -c prod --value two").ok();
    team.share(&team.bob);
    fs::copy(team.alice.work().join("older.age"), file(&team.alice)).unwrap();
    show(at(&team.alice, "get DB -c prod"));
    show(at(&team.alice, "trust"));
    show(at(&team.alice, "trust -y"));
    show(at(&team.alice, "get DB -c prod"));
    show(at(&team.alice, "cluster delete prod --force -y"));
    hand(&team.alice, &team.bob);
    show(at(&team.bob, "get A -p web"));
    at(&team.bob, "trust -y").ok();
    show(at(&team.alice, "get A -p web"));
    show(at(&team.alice, "cluster restore prod --from older.age"));
    show(at(&team.alice, "cluster restore prod --from older.age -y"));
    show(at(&team.alice, "get DB -c prod"));
    show(at(&team.alice, "trust --export"));
}
