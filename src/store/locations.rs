//! Where this machine last knew the vault of each team. A team's name means that vault.

use std::collections::BTreeMap;
use std::path::Path;

use crate::vault::TeamName;

/// The vaults that are not in their usual place, the data directory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Locations(pub(super) BTreeMap<TeamName, String>);

impl Locations {
    pub fn get(&self, team: &TeamName) -> Option<&Path> {
        self.0.get(team).map(Path::new)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&TeamName, &Path)> {
        self.0.iter().map(|(team, path)| (team, Path::new(path)))
    }

    /// Records where a vault was opened, unless the one that is known is still there: a copy must not take over the
    /// name by being opened. `usual` is the team's place in the data directory.
    pub fn see(&mut self, team: &TeamName, at: &Path, usual: &Path) {
        let known = self.get(team).unwrap_or(usual);
        // What cannot be looked at may be there.
        if known != at && !known.try_exists().unwrap_or(true) {
            self.set(team, at, usual);
        }
    }

    /// Makes the name of a team mean this vault.
    pub fn set(&mut self, team: &TeamName, at: &Path, usual: &Path) {
        match at.to_str() {
            Some(text) if at != usual => drop(self.0.insert(team.clone(), text.to_owned())),
            Some(_) => drop(self.0.remove(team)),
            // The file of pins is text.
            None => {}
        }
    }

    /// Drops the location of a team, and returns whether there was one.
    pub fn forget(&mut self, team: &TeamName) -> bool {
        self.0.remove(team).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_name_keeps_its_vault_while_that_is_there() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let [one, two, usual] = ["one.age", "two.age", "acme.age"].map(at);
        let team = TeamName::parse("acme").unwrap();
        let mut locations = Locations::default();
        let mut see = |path: &Path| {
            locations.see(&team, path, &usual);
            locations.get(&team).map(Path::to_owned)
        };
        fs::write(&one, "").unwrap();
        assert_eq!(see(&one), Some(one.clone()));
        assert_eq!(see(&two), Some(one.clone()), "the known one is there");
        fs::remove_file(&one).unwrap();
        assert_eq!(see(&two), Some(two.clone()), "the known one is gone");
        assert_eq!(see(&usual), None, "the usual place needs no record");
        assert_eq!(see(&two), Some(two), "the usual one is gone");
        fs::write(&usual, "").unwrap();
        assert_eq!(see(&usual), None);
        assert_eq!(see(&one), None, "the usual one is there");
    }

    #[test]
    fn a_vault_that_is_recorded_on_purpose_takes_over_the_name() {
        let team = TeamName::parse("acme").unwrap();
        let (usual, other) = (Path::new("/data/acme.age"), Path::new("/repo/vault.age"));
        let mut locations = Locations::default();
        locations.set(&team, other, usual);
        assert_eq!(locations.get(&team), Some(other));
        assert!(locations.forget(&team) && !locations.forget(&team));
        locations.set(&team, other, usual);
        locations.set(&team, usual, usual);
        assert_eq!(locations, Locations::default());
    }
}
