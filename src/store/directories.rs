//! The directories for configuration, data and state: the platform's, or those below `ETUI_HOME`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

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
    /// Neither `HOME` nor `ETUI_HOME` is set, and `/etc/passwd` does not know the user's home either.
    NoHome,
    /// `HOME` is relative. (A relative `XDG_…_HOME` is ignored, as its specification demands.)
    RelativeHome,
}

impl Directories {
    /// Finds them below `home` if it is given, otherwise where the platform keeps them.
    ///
    /// # Errors
    /// If the user has no home directory, or only a relative one, which would be another in each directory.
    pub fn find(home: Option<OsString>) -> Result<Directories, DirectoriesError> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            let home = std::path::absolute(home).map_err(|_| DirectoriesError::NoHome)?;
            return Ok(Directories { config: home.clone(), state: home.join("state"), data: home });
        }
        let home = user_home().ok_or(DirectoriesError::NoHome)?;
        let directories = match cfg!(target_os = "macos") {
            true => {
                let all = home.join("Library/Application Support/etui");
                Directories { config: all.clone(), data: all.clone(), state: all }
            }
            // The XDG Base Directory Specification.
            false => Directories {
                config: named("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")).join("etui"),
                data: named("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share")).join("etui"),
                state: named("XDG_STATE_HOME").unwrap_or_else(|| home.join(".local/state")).join("etui"),
            },
        };
        let Directories { config, data, state } = &directories;
        match [config, data, state].iter().all(|directory| directory.is_absolute()) {
            true => Ok(directories),
            false => Err(DirectoriesError::RelativeHome),
        }
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
        let entries = fs::read_dir(&self.data).into_iter().flatten().flatten();
        let mut teams: Vec<TeamName> = entries.filter_map(|entry| team_of(&entry.path())).collect();
        teams.sort();
        teams
    }
}

/// The directory that a variable names.
fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|directory| directory.is_absolute())
}

/// The home of this process's user: `HOME`, or else what `/etc/passwd` says.
///
/// No name service is asked. For that, glibc loads libraries of the system at run time, also into a static
/// program, which may crash if they belong to another version of glibc.
fn user_home() -> Option<PathBuf> {
    let named = env::var_os("HOME").filter(|home| !home.is_empty());
    let home = named.or_else(|| home_of(rustix::process::getuid().as_raw(), &fs::read("/etc/passwd").ok()?));
    home.map(PathBuf::from)
}

/// Finds a user's home in the text of passwd(5): `NAME:PASSWORD:USER:GROUP:COMMENT:HOME:SHELL`.
fn home_of(user: u32, passwd: &[u8]) -> Option<OsString> {
    let user = user.to_string();
    let home = passwd.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        (fields.nth(2)? == user.as_bytes()).then(|| fields.nth(2)).flatten()
    });
    home.filter(|home| !home.is_empty()).map(|home| OsString::from_vec(home.to_vec()))
}

fn team_of(path: &Path) -> Option<TeamName> {
    if path.extension()? != "age" {
        return None;
    }
    TeamName::parse(path.file_stem()?.to_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_home_of_a_user_among_others() {
        let passwd =
            b"root:x:0:0:root:/root:/bin/sh\n\n+:::\nsvc:x:10:10::/srv/it's:\nnone:x:11:11:::/bin/sh\nshort:x:12\n";
        let homes = [0, 10, 11, 12, 1].map(|user| home_of(user, passwd));
        assert_eq!(homes, [Some("/root".into()), Some("/srv/it's".into()), None, None, None]);
        assert_eq!(home_of(0, b""), None);
    }
}
