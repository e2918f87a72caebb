//! The directories for configuration, data and state: the platform's, or those below `ETUI_HOME`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::regular::if_found;
use super::vault_file::StoreError;
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

/// Why this user's directories are not known.
#[derive(Debug)]
pub enum DirectoriesError {
    /// Neither `HOME` nor `ETUI_HOME` is set.
    NoHome,
    /// `HOME` is relative. (A relative `XDG_…_HOME` is ignored, as its specification demands.)
    RelativeHome,
}

impl Directories {
    /// Finds them below `home` if it is given, otherwise where the platform keeps them.
    ///
    /// # Errors
    /// If `HOME` is not set, or relative, which would be another directory in each place.
    pub fn find(home: Option<OsString>) -> Result<Directories, DirectoriesError> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            let home = std::path::absolute(home).map_err(|_| DirectoriesError::NoHome)?;
            return Ok(Directories { config: home.clone(), state: home.join("state"), data: home });
        }
        // Without it, `directories` would ask the system, and glibc load the system's libraries for that, also into a
        // static program. If those belong to another glibc, the program may crash.
        if std::env::var_os("HOME").is_none_or(|home| home.is_empty()) {
            return Err(DirectoriesError::NoHome);
        }
        let project = ProjectDirs::from("", "", "etui").ok_or(DirectoriesError::NoHome)?;
        let (config, data) = (project.config_dir().to_owned(), project.data_dir().to_owned());
        // macOS has no directory for state.
        let state = project.state_dir().unwrap_or(&data).to_owned();
        match [&config, &data, &state].iter().all(|directory| directory.is_absolute()) {
            true => Ok(Directories { config, data, state }),
            false => Err(DirectoriesError::RelativeHome),
        }
    }

    /// The default identity file.
    pub fn identity(&self) -> PathBuf {
        self.config.join("identity.txt")
    }

    /// Exists once this user was told about `unlock`.
    pub fn unlock_mentioned(&self) -> PathBuf {
        self.state.join("unlock-mentioned")
    }

    /// The vault of a team, if it is in no repository.
    pub fn vault(&self, team: &TeamName) -> PathBuf {
        self.data.join(format!("{team}.age"))
    }

    /// The teams that have a vault in the data directory, sorted.
    ///
    /// # Errors
    /// If the data directory cannot be read. One that does not exist has none.
    pub fn teams(&self) -> Result<Vec<TeamName>, StoreError> {
        let failed = |error| StoreError::Read(self.data.clone(), error);
        let Some(entries) = if_found(std::fs::read_dir(&self.data)).map_err(failed)? else { return Ok(Vec::new()) };
        let mut teams: Vec<TeamName> = entries.flatten().filter_map(|entry| team_of(&entry.path())).collect();
        teams.sort();
        Ok(teams)
    }
}

fn team_of(path: &Path) -> Option<TeamName> {
    if path.extension()? != "age" {
        return None;
    }
    TeamName::parse(path.file_stem()?.to_str()?).ok()
}
