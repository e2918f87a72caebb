//! A spec: YAML that lists the environment of a program, beside much that is not read.
//!
//! `env` is a list of `name` and `value`, as in a deployment, or a map. In a workflow, each job has its own. Without
//! `env` and `jobs` the whole document is the map.

use std::fmt;

use super::assignments::{Assignments, Note};
use super::syntax_error::SyntaxError;
use super::tree::{Content, Node, Pair, Tree};
use super::yaml::assignments;

/// The reason why a spec gives no environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpecError {
    Wrong(SyntaxError),
    /// The spec has jobs, and the caller named none.
    JobUnsaid {
        jobs: Vec<String>,
    },
    /// The spec has other jobs than the one that the caller named.
    JobMissing {
        job: String,
        jobs: Vec<String>,
    },
    /// The caller named a job, and the spec has none.
    NoJobs,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpecError::Wrong(error) => error.fmt(f),
            SpecError::JobUnsaid { jobs } => write!(f, "name one of the jobs: {}", jobs.join(", ")),
            SpecError::JobMissing { job, jobs } => write!(f, "no job {job}; the jobs are: {}", jobs.join(", ")),
            SpecError::NoJobs => f.write_str("the spec has no jobs"),
        }
    }
}

impl std::error::Error for SpecError {}

impl From<SyntaxError> for SpecError {
    fn from(error: SyntaxError) -> Self {
        SpecError::Wrong(error)
    }
}

/// Parses a spec, or one job of it.
///
/// # Errors
/// If the text is not a spec, or the job is missing. An entry without a value is only that entry's error.
pub fn parse(text: &str, job: Option<&str>) -> Result<Assignments, SpecError> {
    let tree = Tree::parse(text)?;
    let top = tree.pairs(tree.top()?)?;
    let mut notes = Vec::new();
    let env = find(&top, "env", &mut notes);
    let jobs = find(&top, "jobs", &mut notes);

    let env = match (jobs, job) {
        (None, Some(_)) => return Err(SpecError::NoJobs),
        (None, None) if env.is_none() => return Ok(variables(top, notes)?),
        (None, None) => env,
        (Some(jobs), job) => {
            let jobs = map(&tree, jobs, "`jobs` must be a map")?;
            let job = select(&jobs, job, &mut notes)?;
            let shared = [env, workflow_default(&tree, &top)].into_iter().flatten();
            notes.extend(shared.map(|env| Note::new(env.line, "ignored: only the `env` of the job is read")));
            find(&map(&tree, job, "a job must be a map")?, "env", &mut notes)
        }
    };

    let pairs = match env.map(|env| (env, &env.content)) {
        None => Vec::new(),
        // An item cannot be an alias: many aliases of a long one would take minutes.
        Some((_, Content::List(items))) => {
            items.iter().map(|at| item(&tree, tree.node(*at), &mut notes)).collect::<Result<_, _>>()?
        }
        Some((env, _)) => map(&tree, env, "`env` must be a list or a map")?,
    };
    Ok(variables(pairs, notes)?)
}

/// Returns the job of this name.
fn select<'t>(jobs: &[Pair<'t>], job: Option<&str>, notes: &mut Vec<Note>) -> Result<&'t Node, SpecError> {
    let names = || jobs.iter().map(|pair| pair.name.to_owned()).collect();
    let Some(job) = job else { return Err(SpecError::JobUnsaid { jobs: names() }) };
    find(jobs, job, notes).ok_or_else(|| SpecError::JobMissing { job: job.to_owned(), jobs: names() })
}

/// Returns the `env` that a workflow gives to all its jobs.
fn workflow_default<'t>(tree: &'t Tree, top: &[Pair<'t>]) -> Option<&'t Node> {
    let Content::Map(defaults) = &find(top, "defaults", &mut Vec::new())?.content else { return None };
    find(&tree.pairs(defaults).ok()?, "env", &mut Vec::new())
}

/// Returns the last value of a name, and notes the earlier ones.
fn find<'t>(pairs: &[Pair<'t>], name: &str, notes: &mut Vec<Note>) -> Option<&'t Node> {
    let mut last: Option<&Pair<'t>> = None;
    for pair in pairs.iter().filter(|pair| pair.name == name) {
        notes.extend(last.map(|earlier| Note::repeated(name, earlier.line, pair.line)));
        last = Some(pair);
    }
    last?.value.ok()
}

/// Returns the pairs of a map, none if it is left empty.
pub(super) fn map<'t>(tree: &'t Tree, node: &Node, otherwise: &str) -> Result<Vec<Pair<'t>>, SyntaxError> {
    match &node.content {
        Content::Map(parts) => tree.pairs(parts),
        _ if node.is_nothing() => Ok(Vec::new()),
        _ => Err(SyntaxError::at(node.line, otherwise)),
    }
}

/// Reads one item of a list under `env`.
fn item<'t>(tree: &'t Tree, node: &'t Node, notes: &mut Vec<Note>) -> Result<Pair<'t>, SyntaxError> {
    let Node { line, content } = node;
    let Content::Map(parts) = content else {
        return Err(SyntaxError::at(*line, "an item of `env` must be a map with `name` and `value`"));
    };
    let fields = tree.pairs(parts)?;

    let name = match find(&fields, "name", notes).map(|name| (name, &name.content)) {
        Some((name, Content::Plain(text) | Content::Text(text))) if !name.is_nothing() => text,
        _ => return Err(SyntaxError::at(*line, "an item of `env` has no name")),
    };
    let value = match find(&fields, "valueFrom", notes) {
        Some(_) => Err("`valueFrom` is not supported"),
        None => find(&fields, "value", notes).ok_or("it has no value"),
    };
    Ok(Pair { line: *line, name, value })
}

/// Turns pairs into assignments, if their names are those of variables.
fn variables(pairs: Vec<Pair<'_>>, notes: Vec<Note>) -> Result<Assignments, SyntaxError> {
    match pairs.iter().find(|pair| pair.name.is_empty() || pair.name.contains(['=', '\0'])) {
        Some(pair) => Err(SyntaxError::at(pair.line, "no environment can hold this name")),
        None => assignments(pairs, notes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: &str = include_str!("../../../fixtures/specs/deployment.yaml");
    const MAP: &str = include_str!("../../../fixtures/specs/map.yaml");
    const WORKFLOW: &str = include_str!("../../../fixtures/specs/workflow.yaml");

    fn show(text: &str, job: Option<&str>) -> Result<String, SpecError> {
        parse(text, job).map(|parsed| parsed.show())
    }

    #[test]
    fn reads_deployments_maps_and_workflows() {
        let deployment = "\
            39: some-env=secret:API_KEY\n41: DATABASE_URL=secret:DATABASE_URL\n43: WORKERS=4\n45: VERSION=1.10\n\
            47: DEBUG=no\n49: MOTTO=it's fine: # really\n51: GREETING=hello,\nworld";
        assert_eq!(show(DEPLOYMENT, None).unwrap(), deployment);
        let map = "\
            2: DATABASE_URL=secret:DATABASE_URL\n3: GCS_KEY_FILE=file:GCS_KEY\n4: LOG_LEVEL=info\n5: PORT=8080\n\
            6: FEATURE_X=on\n7: RELEASED=2026-11-21";
        assert_eq!(show(MAP, None).unwrap(), map);
        let train = "\
            39: HF_TOKEN=secret:HF_TOKEN\n40: WANDB_API_KEY=secret:WANDB_API_KEY\n41: EPOCHS=10\n\
            42: LEARNING_RATE=3e-4\n10: ignored: only the `env` of the job is read";
        for (job, expected) in [
            ("train", train),
            ("evaluate", train),
            ("fetch", "10: ignored: only the `env` of the job is read"),
            (
                "deploy",
                "61: PAPERSPACE_API_KEY=secret:PAPERSPACE_API_KEY\n10: ignored: only the `env` of the job is read",
            ),
        ] {
            assert_eq!(show(WORKFLOW, Some(job)).unwrap(), expected, "{job}");
        }
    }

    #[test]
    fn requires_a_job_if_and_only_if_the_spec_has_jobs() {
        let jobs: Vec<String> = ["fetch", "train", "evaluate", "deploy"].map(str::to_owned).into();
        assert_eq!(show(WORKFLOW, None), Err(SpecError::JobUnsaid { jobs: jobs.clone() }));
        assert_eq!(show(WORKFLOW, Some("tarin")), Err(SpecError::JobMissing { job: "tarin".into(), jobs }));
        assert_eq!(show(DEPLOYMENT, Some("train")), Err(SpecError::NoJobs));
        assert_eq!(show(MAP, Some("train")), Err(SpecError::NoJobs));
        assert_eq!(show("", Some("train")), Err(SpecError::NoJobs));
        assert_eq!(show("jobs:\n", None), Err(SpecError::JobUnsaid { jobs: Vec::new() }));
    }

    #[test]
    fn reports_an_entry_without_a_value_and_reads_the_rest() {
        for (text, job, expected) in [
            ("", None, ""),
            ("env:\n", None, ""),
            ("env: ~\nimage: x", None, ""),
            ("env: []", None, ""),
            ("env: {}", None, ""),
            ("env: {A: b, some-env: c}", None, "1: A=b\n1: some-env=c"),
            ("jobs:\n  a:\n", Some("a"), ""),
            ("jobs:\n  a:\n    env:\n", Some("a"), ""),
            (
                "jobs: {a: {env: {A: b}}}\nenv: {C: d}",
                Some("a"),
                "1: A=b\n2: ignored: only the `env` of the job is read",
            ),
            (
                "env:\n- name: A\n- name: B\n  value:\n- name: C\n  value: null\n- value: x\n  name: D",
                None,
                "2: A: it has no value\n3: B=\n5: C: null is not a value\n7: D=x\n3: B has no value: read as an empty string",
            ),
            (
                "env:\n- name: A\n  valueFrom: {secretKeyRef: {name: x}}\n- {name: B, value: [c]}",
                None,
                "2: A: `valueFrom` is not supported\n4: B: a list is not a value",
            ),
            (
                "env:\n- {name: A, value: 1}\n- {name: A, value: 2}",
                None,
                "3: A=2\n3! A is also set on line 2; the last value wins",
            ),
            ("env: {A: 1}\nenv: {B: 2}", None, "2: B=2\n2! env is also set on line 1; the last value wins"),
            (
                "env:\n- name: A\n  value: 1\n  value: 2",
                None,
                "2: A=2\n4! value is also set on line 3; the last value wins",
            ),
            ("env:\n- {name: A, value: &v x}\n- {name: B, value: *v}", None, "2: A=x\n3: B=x"),
            ("x: &x {A: 1}\nenv:\n  <<: *x\n  B: 2", None, "3: <<: merge keys are not supported\n4: B=2"),
            ("image: x\nresources: {replicas: 2}", None, "1: image=x\n2: resources: a map is not a value"),
        ] {
            assert_eq!(show(text, job).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn refuses_anything_but_a_spec_without_quoting_it() {
        for (text, line, what) in [
            ("- secret", 1, "expected a map of names and values"),
            ("\nenv: secret", 2, "`env` must be a list or a map"),
            ("env: !x {A: secret}", 1, "`env` must be a list or a map"),
            ("env:\n- secret", 2, "an item of `env` must be a map with `name` and `value`"),
            ("env:\n- A=secret", 2, "an item of `env` must be a map with `name` and `value`"),
            ("x: &x {name: A, value: secret}\nenv:\n- *x", 3, "an item of `env` must be a map with `name` and `value`"),
            ("env:\n- value: secret", 2, "an item of `env` has no name"),
            ("env:\n- name:\n  value: secret", 2, "an item of `env` has no name"),
            ("env:\n- name: [A]\n  value: secret", 2, "an item of `env` has no name"),
            ("env:\n- name: ''\n  value: secret", 2, "no environment can hold this name"),
            ("env:\n  A: 1\n  'B=C': secret", 3, "no environment can hold this name"),
            ("A: 1\n\"B\\0\": secret", 2, "no environment can hold this name"),
            ("jobs: secret", 1, "`jobs` must be a map"),
            ("jobs:\n  a: secret", 2, "a job must be a map"),
            ("jobs:\n  a:\n    env: secret", 3, "`env` must be a list or a map"),
        ] {
            let job = text.starts_with("jobs").then_some("a");
            assert_eq!(show(text, job), Err(SpecError::Wrong(SyntaxError::at(line, what))), "{text:?}");
        }
    }
}
