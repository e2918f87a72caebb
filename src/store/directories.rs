//! The directories for configuration, data and state: the platform's, or those below `ETUI_HOME`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::vault::TeamName;

/// The directories of this machine's user.
#[derive(Debug, Clone)]
pub struct Directories {
    /// Holds the identity.
    pub config: PathBuf,
    /// Holds the vaults that are in no repository.
    pub data: PathBuf,
    /// Holds the pins.
    pub state: PathBuf,
}

impl Directories {
    /// Finds them below `home` if it is given, otherwise where the platform keeps them.
    ///
    /// None if the user has no home directory.
    pub fn find(home: Option<OsString>) -> Option<Directories> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            let home = std::path::absolute(home).ok()?;
            return Some(Directories { config: home.clone(), state: home.join("state"), data: home });
        }
        let project = ProjectDirs::from("", "", "etui")?;
        let data = project.data_dir();
        Some(Directories {
            config: project.config_dir().to_owned(),
            data: data.to_owned(),
            // macOS has no directory for state.
            state: project.state_dir().unwrap_or(data).to_owned(),
        })
    }

    /// The default identity file.
    pub fn identity(&self) -> PathBuf {
        self.config.join("identity.txt")
    }

    /// The vault of a team, if it is in no repository.
    pub fn vault(&self, team: &TeamName) -> PathBuf {
        self.data.join(format!("{team}.age"))
    }

    /// The teams that have a vault in the data directory, sorted.
    pub fn teams(&self) -> Vec<TeamName> {
        let entries = std::fs::read_dir(&self.data).into_iter().flatten().flatten();
        let mut teams: Vec<TeamName> = entries.filter_map(|entry| team_of(&entry.path())).collect();
        teams.sort();
        teams
    }
}

fn team_of(path: &Path) -> Option<TeamName> {
    if path.extension()? != "age" {
        return None;
    }
    TeamName::parse(path.file_stem()?.to_str()?).ok()
}
