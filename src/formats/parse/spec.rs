//! A spec: YAML that says what environment a program wants, beside much that is not read.
//!
//! `env` is a list of `name` and `value` (a deployment's), or a map; in a workflow each job has its own.
//! Without `env` and `jobs` the whole document is the map.

use super::tree::{Content, Node, Pair, Tree, entries};
use super::{Assignments, Note, SyntaxError, twice};

/// Why a spec gives no environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpecError {
    Wrong(SyntaxError),
    /// It has jobs, and none was named.
    JobUnsaid {
        jobs: Vec<String>,
    },
    JobMissing {
        job: String,
        jobs: Vec<String>,
    },
    /// A job was named, and it has none.
    NoJobs,
}

impl From<SyntaxError> for SpecError {
    fn from(wrong: SyntaxError) -> Self {
        SpecError::Wrong(wrong)
    }
}

/// Parses a spec, or one job of it.
///
/// # Errors
/// If it is no spec, or not clear which job is meant. What is no value is only that entry's error.
pub fn parse(text: &str, job: Option<&str>) -> Result<Assignments, SpecError> {
    let tree = Tree::parse(text)?;
    let top = tree.pairs(tree.top()?)?;
    let mut notes = Vec::new();
    let env = find(&top, "env", &mut notes);
    let env = match (find(&top, "jobs", &mut notes), job) {
        (None, Some(_)) => return Err(SpecError::NoJobs),
        (None, None) if env.is_none() => return Ok(read(top, notes)?),
        (None, None) => env,
        (Some(jobs), job) => {
            let jobs = map(&tree, jobs, "jobs that are no map")?;
            let names = || jobs.iter().map(|pair| pair.name.to_owned()).collect();
            let Some(job) = job else { return Err(SpecError::JobUnsaid { jobs: names() }) };
            let Some(found) = find(&jobs, job, &mut notes) else {
                return Err(SpecError::JobMissing { job: job.to_owned(), jobs: names() });
            };
            for all in [env, defaults(&tree, &top)].into_iter().flatten() {
                let text = "the env of all jobs is not read, only that of the job".to_owned();
                notes.push(Note { line: all.line, text, is_mistake: false });
            }
            find(&map(&tree, found, "a job that is no map")?, "env", &mut notes)
        }
    };
    let Some(env) = env else { return Ok(read(Vec::new(), notes)?) };
    let pairs = match &env.content {
        // No item may be an alias: many aliases of a long one would take minutes.
        Content::List(items) => {
            items.iter().map(|at| item(&tree, tree.here(*at), &mut notes)).collect::<Result<_, _>>()?
        }
        _ => map(&tree, env, "an env that is no list and no map")?,
    };
    Ok(read(pairs, notes)?)
}

/// The env that a workflow gives to all its jobs.
fn defaults<'t>(tree: &'t Tree, top: &[Pair<'t>]) -> Option<&'t Node> {
    match find(top, "defaults", &mut Vec::new())?.content {
        Content::Map(ref parts) => find(&tree.pairs(parts).ok()?, "env", &mut Vec::new()),
        _ => None,
    }
}

/// What is set under a name, the last time it is set.
fn find<'t>(pairs: &[Pair<'t>], name: &str, notes: &mut Vec<Note>) -> Option<&'t Node> {
    let mut found: Option<&Pair<'t>> = None;
    for pair in pairs.iter().filter(|pair| pair.name == name) {
        notes.extend(found.map(|before| twice(name, before.line, pair.line)));
        found = Some(pair);
    }
    found.and_then(|pair| pair.value.ok())
}

/// The pairs of a map, or none if it is left empty.
fn map<'t>(tree: &'t Tree, node: &Node, otherwise: &str) -> Result<Vec<Pair<'t>>, SyntaxError> {
    match &node.content {
        Content::Map(parts) => tree.pairs(parts),
        _ if node.is_nothing() => Ok(Vec::new()),
        _ => Err(SyntaxError::at(node.line, otherwise)),
    }
}

/// One item of a list under `env`.
fn item<'t>(tree: &'t Tree, node: &'t Node, notes: &mut Vec<Note>) -> Result<Pair<'t>, SyntaxError> {
    let fields = match &node.content {
        Content::Map(parts) => tree.pairs(parts)?,
        _ => return Err(SyntaxError::at(node.line, "an item of env that is no name and value")),
    };
    let name = match find(&fields, "name", notes).map(|name| (name, &name.content)) {
        Some((name, Content::Plain(text) | Content::Text(text))) if !name.is_nothing() => text,
        _ => return Err(SyntaxError::at(node.line, "an item of env without a name")),
    };
    let value = match find(&fields, "valueFrom", notes) {
        Some(_) => Err("is taken from elsewhere (valueFrom), and has no value"),
        None => find(&fields, "value", notes).ok_or("has no value"),
    };
    Ok(Pair { line: node.line, name, value })
}

/// Reads the pairs, whose names are not yet those of variables.
fn read(pairs: Vec<Pair<'_>>, notes: Vec<Note>) -> Result<Assignments, SyntaxError> {
    match pairs.iter().find(|pair| pair.name.is_empty() || pair.name.contains(['=', '\0'])) {
        Some(pair) => Err(SyntaxError::at(pair.line, "a name that no environment can hold")),
        None => entries(pairs, notes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: &str = include_str!("../../../fixtures/specs/deployment.yaml");
    const MAP: &str = include_str!("../../../fixtures/specs/map.yaml");
    const WORKFLOW: &str = include_str!("../../../fixtures/specs/workflow.yaml");

    fn shown(text: &str, job: Option<&str>) -> Result<String, SpecError> {
        parse(text, job).map(|parsed| parsed.shown())
    }

    #[test]
    fn reads_the_forms_that_people_have() {
        let deployment = "\
            39: some-env=secret:API_KEY\n41: DATABASE_URL=secret:DATABASE_URL\n43: WORKERS=4\n45: VERSION=1.10\n\
            47: DEBUG=no\n49: MOTTO=it's fine: # really\n51: GREETING=hello,\nworld";
        assert_eq!(shown(DEPLOYMENT, None).unwrap(), deployment);
        let map = "\
            2: DATABASE_URL=secret:DATABASE_URL\n3: GCS_KEY_FILE=file:GCS_KEY\n4: LOG_LEVEL=info\n5: PORT=8080\n\
            6: FEATURE_X=on\n7: RELEASED=2026-11-21";
        assert_eq!(shown(MAP, None).unwrap(), map);
        let train = "\
            39: HF_TOKEN=secret:HF_TOKEN\n40: WANDB_API_KEY=secret:WANDB_API_KEY\n41: EPOCHS=10\n\
            42: LEARNING_RATE=3e-4\n10: the env of all jobs is not read, only that of the job";
        for (job, expected) in [
            ("train", train),
            ("evaluate", train),
            ("fetch", "10: the env of all jobs is not read, only that of the job"),
            (
                "deploy",
                "61: PAPERSPACE_API_KEY=secret:PAPERSPACE_API_KEY\n10: the env of all jobs is not read, only that of the job",
            ),
        ] {
            assert_eq!(shown(WORKFLOW, Some(job)).unwrap(), expected, "{job}");
        }
    }

    #[test]
    fn a_job_is_named_where_there_are_jobs_and_nowhere_else() {
        let jobs: Vec<String> = ["fetch", "train", "evaluate", "deploy"].map(str::to_owned).into();
        assert_eq!(shown(WORKFLOW, None), Err(SpecError::JobUnsaid { jobs: jobs.clone() }));
        assert_eq!(shown(WORKFLOW, Some("tarin")), Err(SpecError::JobMissing { job: "tarin".into(), jobs }));
        assert_eq!(shown(DEPLOYMENT, Some("train")), Err(SpecError::NoJobs));
        assert_eq!(shown(MAP, Some("train")), Err(SpecError::NoJobs));
        assert_eq!(shown("", Some("train")), Err(SpecError::NoJobs));
        assert_eq!(shown("jobs:\n", None), Err(SpecError::JobUnsaid { jobs: Vec::new() }));
    }

    #[test]
    fn reads_what_is_there_and_says_what_is_no_value() {
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
                "1: A=b\n2: the env of all jobs is not read, only that of the job",
            ),
            (
                "env:\n- name: A\n- name: B\n  value:\n- name: C\n  value: null\n- value: x\n  name: D",
                None,
                "2: A has no value\n3: B=\n5: C is null, and no value\n7: D=x\n3: B is followed by nothing: taken as an empty text",
            ),
            (
                "env:\n- name: A\n  valueFrom: {secretKeyRef: {name: x}}\n- {name: B, value: [c]}",
                None,
                "2: A is taken from elsewhere (valueFrom), and has no value\n4: B is a list, and no value",
            ),
            (
                "env:\n- {name: A, value: 1}\n- {name: A, value: 2}",
                None,
                "3: A=2\n3! A is set in line 2 too: the last one counts",
            ),
            ("env: {A: 1}\nenv: {B: 2}", None, "2: B=2\n2! env is set in line 1 too: the last one counts"),
            (
                "env:\n- name: A\n  value: 1\n  value: 2",
                None,
                "2: A=2\n4! value is set in line 3 too: the last one counts",
            ),
            ("env:\n- {name: A, value: &v x}\n- {name: B, value: *v}", None, "2: A=x\n3: B=x"),
            ("x: &x {A: 1}\nenv:\n  <<: *x\n  B: 2", None, "3: << is a merge key, and nothing is merged\n4: B=2"),
            ("image: x\nresources: {replicas: 2}", None, "1: image=x\n2: resources is a map, and no value"),
        ] {
            assert_eq!(shown(text, job).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_spec_is_refused_without_a_word_of_it() {
        for (text, line, what) in [
            ("- secret", 1, "no map of names and values"),
            ("\nenv: secret", 2, "an env that is no list and no map"),
            ("env: !x {A: secret}", 1, "an env that is no list and no map"),
            ("env:\n- secret", 2, "an item of env that is no name and value"),
            ("env:\n- A=secret", 2, "an item of env that is no name and value"),
            ("x: &x {name: A, value: secret}\nenv:\n- *x", 3, "an item of env that is no name and value"),
            ("env:\n- value: secret", 2, "an item of env without a name"),
            ("env:\n- name:\n  value: secret", 2, "an item of env without a name"),
            ("env:\n- name: [A]\n  value: secret", 2, "an item of env without a name"),
            ("env:\n- name: ''\n  value: secret", 2, "a name that no environment can hold"),
            ("env:\n  A: 1\n  'B=C': secret", 3, "a name that no environment can hold"),
            ("A: 1\n\"B\\0\": secret", 2, "a name that no environment can hold"),
            ("jobs: secret", 1, "jobs that are no map"),
            ("jobs:\n  a: secret", 2, "a job that is no map"),
            ("jobs:\n  a:\n    env: secret", 3, "an env that is no list and no map"),
        ] {
            let job = text.starts_with("jobs").then_some("a");
            assert_eq!(shown(text, job), Err(SpecError::Wrong(SyntaxError::at(line, what))), "{text:?}");
        }
    }
}
