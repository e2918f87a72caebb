//! Conflict markers: what a git that knows nothing of vaults writes into a small one.

/// Both sides of a file that is nothing but one merged by lines, put together again.
#[derive(Debug, PartialEq, Eq)]
pub struct Sides {
    pub ours: Vec<u8>,
    pub theirs: Vec<u8>,
}

/// Takes both sides out of a file with conflict markers, also of the style that shows the base.
pub fn sides(bytes: &[u8]) -> Option<Sides> {
    #[derive(PartialEq)]
    enum In {
        Both,
        Ours,
        Base,
        Theirs,
    }
    let mut sides = Sides { ours: Vec::new(), theirs: Vec::new() };
    let mut now = In::Both;
    let mut conflicts = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        now = match now {
            In::Both if line.starts_with(b"<<<<<<< ") => In::Ours,
            In::Ours if line.starts_with(b"||||||| ") => In::Base,
            In::Ours | In::Base if line == b"=======\n" => In::Theirs,
            In::Theirs if line.starts_with(b">>>>>>> ") => {
                conflicts += 1;
                In::Both
            }
            same => {
                if matches!(same, In::Both | In::Ours) {
                    sides.ours.extend_from_slice(line);
                }
                if matches!(same, In::Both | In::Theirs) {
                    sides.theirs.extend_from_slice(line);
                }
                same
            }
        };
    }
    if now != In::Both || conflicts == 0 {
        return None;
    }
    // Before a marker git ends every line, also one that did not end.
    Some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_come_out_as_they_went_in() {
        let merged = b"age\n<<<<<<< HEAD\na\nb\n=======\nc\n>>>>>>> other\nlast\n";
        let sides = sides(merged).unwrap();
        assert_eq!((&sides.ours[..], &sides.theirs[..]), (&b"age\na\nb\nlast\n"[..], &b"age\nc\nlast\n"[..]));
        let with_base = b"<<<<<<< HEAD\na\n||||||| 1234\nx\n=======\nc\n>>>>>>> other\n";
        let sides = super::sides(with_base).unwrap();
        assert_eq!((&sides.ours[..], &sides.theirs[..]), (&b"a\n"[..], &b"c\n"[..]));
        for none in [&b"age\n"[..], b"<<<<<<< HEAD\na\n", b"<<<<<<< HEAD\na\n=======\nb\n"] {
            assert_eq!(super::sides(none), None);
        }
    }
}
