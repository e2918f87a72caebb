//! Names with power over programs: variables that change how programs are found, loaded, started or whom they
//! trust.
//!
//! A vault that sets one of the *reserved* names could run code in every program that gets its environment.
//! The *far-reaching* names have power too, but people set them on purpose. Which names those are is data:
//! each list has a file of its own.

mod far_reaching;
mod list;
mod refused;

use self::far_reaching::FAR_REACHING;
use self::list::matches;
use self::refused::REFUSED;

/// Returns why a name is reserved, or nothing if it is free: a clause that follows `X is a reserved name:`.
pub fn reserved(name: &str) -> Option<&'static str> {
    if is_own(name) {
        return Some("etui itself reads it");
    }
    REFUSED.reason(name).filter(|_| !is_npm_credential(name))
}

/// Returns what a name does in many programs, if it is not reserved and people set it on purpose.
pub fn far_reaching(name: &str) -> Option<&'static str> {
    FAR_REACHING.reason(name)
}

/// Whether a name is one of etui's own variables, which no option allows a vault to set.
pub fn is_own(name: &str) -> bool {
    name.starts_with("ETUI_")
}

/// Whether a name is an option of npm that holds for one registry, such as `npm_config_//HOST/:_authToken`.
/// It is the one way to give npm a secret by its own variables, and it cannot choose the registry.
fn is_npm_credential(name: &str) -> bool {
    matches("npm_config_//*", &name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::list::List;
    use super::*;

    /// Names that each entry of a list stands for: itself, or a pattern with some text in the place of its
    /// `*`.
    fn samples(list: &List) -> Vec<(&'static str, String)> {
        let groups = [list.names, list.patterns, list.any_case].concat();
        let entries = groups.iter().flat_map(|(reason, names)| names.iter().map(|name| (*reason, *name)));
        entries.map(|(reason, name)| (reason, name.replace('*', "X86"))).collect()
    }

    #[test]
    fn every_name_of_a_list_is_found_for_its_reason_and_in_no_other_list() {
        for (reason, name) in samples(&REFUSED) {
            assert_eq!((reserved(&name), far_reaching(&name)), (Some(reason), None), "{name}");
        }
        for (reason, name) in samples(&FAR_REACHING) {
            assert_eq!((reserved(&name), far_reaching(&name)), (None, Some(reason)), "{name}");
        }
    }

    #[test]
    fn every_reason_is_a_clause_about_the_variable() {
        for (reason, name) in [samples(&REFUSED), samples(&FAR_REACHING)].concat() {
            assert!(reason.starts_with(|c: char| c.is_ascii_lowercase()) || reason.starts_with("OpenSSL "), "{name}");
            assert!(reason.split([' ', ',']).any(|word| word == "it"), "{name}: {reason}");
            assert!(!reason.ends_with(['.', ' ']) && !reason.contains(['(', ')', ':', ';']), "{name}: {reason}");
            assert!(reason.len() <= 60, "{name}: {reason}");
        }
    }

    #[test]
    fn the_lists_are_written_as_they_are_searched() {
        for list in [&REFUSED, &FAR_REACHING] {
            let names =
                |groups: &[list::Group]| groups.iter().flat_map(|(_, names)| *names).copied().collect::<Vec<_>>();
            assert!(names(list.names).iter().all(|name| !name.contains('*')));
            assert!(names(list.patterns).iter().all(|name| name.matches('*').count() == 1));
            assert!(names(list.any_case).iter().all(|name| *name == name.to_ascii_lowercase()));
            // By three letters a list tells what it may hold.
            let parts = [list.patterns, list.any_case].concat();
            let is_marked =
                |name: &str| name.split('*').find(|part| !part.is_empty()).is_some_and(|part| part.len() >= 3);
            assert!(names(&parts).iter().all(|name| is_marked(name)));
        }
    }

    #[test]
    fn names_that_only_look_dangerous_are_free() {
        for name in [
            // People use it, although some shells read a file from it.
            "ENV",
            "PATH_TO_X",
            "MY_PATH",
            "Path",
            "GIT_TOKEN",
            "PYTHON",
            "HOME_URL",
            "LDAP_URL",
            "ETUIX",
            "PROMPT",
            // Credentials and settings of programs whose other variables are listed.
            "NPM_TOKEN",
            "NODE_ENV",
            "NODE_AUTH_TOKEN",
            "npm_config_//registry.npmjs.org/:_authToken",
            "NPM_CONFIG_//registry.npmjs.org/:_password",
            "YARN_NPM_AUTH_TOKEN",
            "CARGO_TARGET_DIR",
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_ACME_TOKEN",
            "COMPOSER_AUTH",
            "BUNDLE_GEMS__CONTRIBSYS__COM",
            "UV_PUBLISH_TOKEN",
            "PYTHONUNBUFFERED",
            "AWS_ACCESS_KEY_ID",
            "AWS_PROFILE",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "TF_VAR_PASSWORD",
            "TF_TOKEN_app_terraform_io",
            "ANSIBLE_VAULT_PASSWORD",
            "VAULT_TOKEN",
            "PGPASSWORD",
            "DATABASE_URL",
            "LANG",
            "TZ",
        ] {
            assert_eq!((reserved(name), far_reaching(name)), (None, None), "{name}");
        }
    }

    #[test]
    fn case_matters_where_it_matters_to_the_program() {
        for name in ["npm_config_registry", "NPM_CONFIG_SCRIPT_SHELL", "Npm_Config_Node_Options", "PNPM_CONFIG_X"] {
            assert!(reserved(name).is_some(), "{name}");
        }
        for name in ["http_proxy", "HTTP_PROXY", "Https_Proxy", "NO_PROXY", "all_proxy"] {
            assert!(far_reaching(name).is_some(), "{name}");
        }
        for name in ["path", "ld_preload", "editor", "http_proxy_"] {
            assert_eq!((reserved(name), far_reaching(name)), (None, None), "{name}");
        }
    }

    #[test]
    fn only_the_own_names_are_own() {
        assert!(is_own("ETUI_KEY") && !is_own("PATH") && !is_own("ETUI"));
        assert_eq!(reserved("ETUI_X"), Some("etui itself reads it"));
    }

    proptest! {
        #[test]
        fn no_name_is_in_both_lists(name in "[A-Za-z_]{1,6}", tail in "[A-Z_]{0,12}", at in any::<prop::sample::Index>()) {
            let listed = [samples(&REFUSED), samples(&FAR_REACHING)].concat();
            let (_, start) = at.get(&listed);
            for name in [&name, &format!("{start}{tail}"), &format!("{name}{start}"), &start.to_ascii_uppercase()] {
                prop_assert!(reserved(name).is_none() || far_reaching(name).is_none(), "{name}");
            }
        }
    }
}
