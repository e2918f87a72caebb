//! Where a platform keeps configuration, data and state, or `ETUI_HOME`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::vault::TeamName;

/// The directories of this laptop's user.
#[derive(Debug, Clone)]
pub struct Directories {
    /// Holds the identity.
    pub config: PathBuf,
    /// Holds the vaults that no repository holds.
    pub data: PathBuf,
    /// Holds what this laptop remembers.
    pub state: PathBuf,
}

impl Directories {
    /// Those below `home` if it is given, else the platform's. None if there is no home directory.
    pub fn find(home: Option<OsString>) -> Option<Directories> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            let home = std::path::absolute(home).ok()?;
            return Some(Directories { config: home.clone(), state: home.join("state"), data: home });
        }
        let project = directories::ProjectDirs::from("", "", "etui")?;
        // Where a platform knows no such place, it is beside the vaults.
        let state = project.state_dir().unwrap_or(project.data_dir()).to_owned();
        Some(Directories { config: project.config_dir().to_owned(), data: project.data_dir().to_owned(), state })
    }

    /// The identity that is used if no option says another.
    pub fn identity(&self) -> PathBuf {
        self.config.join("identity.txt")
    }

    /// The vault of a team that lives in no repository.
    pub fn vault(&self, team: &TeamName) -> PathBuf {
        self.data.join(format!("{team}.age"))
    }

    /// The teams whose vaults are in the data directory, sorted.
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
