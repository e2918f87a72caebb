//! Conflict markers. A git without etui's merge driver writes them into vaults that it takes for text.

/// Both sides of a file that git merged line by line.
#[derive(Debug, PartialEq, Eq)]
pub struct Sides {
    pub ours: Vec<u8>,
    pub theirs: Vec<u8>,
}

/// Takes both sides out of a file with conflict markers, with or without the base (`merge.conflictStyle`).
/// None if the file has no markers or they do not match.
///
/// Git ends every line before a marker, so a side whose last line had no end gains one.
pub fn sides(bytes: &[u8]) -> Option<Sides> {
    #[derive(PartialEq)]
    enum Part {
        Both,
        Ours,
        Base,
        Theirs,
    }

    let mut sides = Sides { ours: Vec::new(), theirs: Vec::new() };
    let mut part = Part::Both;
    let mut conflicts = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        part = match part {
            Part::Both if line.starts_with(b"<<<<<<< ") => Part::Ours,
            Part::Ours if line.starts_with(b"||||||| ") => Part::Base,
            Part::Ours | Part::Base if line == b"=======\n" => Part::Theirs,
            Part::Theirs if line.starts_with(b">>>>>>> ") => {
                conflicts += 1;
                Part::Both
            }
            same => {
                if matches!(same, Part::Both | Part::Ours) {
                    sides.ours.extend_from_slice(line);
                }
                if matches!(same, Part::Both | Part::Theirs) {
                    sides.theirs.extend_from_slice(line);
                }
                same
            }
        };
    }
    (part == Part::Both && conflicts > 0).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separates_both_sides_and_refuses_files_without_whole_conflicts() {
        let merged = b"age\n<<<<<<< HEAD\na\nb\n=======\nc\n>>>>>>> other\nlast\n";
        let ours_and_theirs = sides(merged).unwrap();
        assert_eq!(ours_and_theirs, Sides { ours: b"age\na\nb\nlast\n".into(), theirs: b"age\nc\nlast\n".into() });
        let with_base = b"<<<<<<< HEAD\na\n||||||| 1234\nx\n=======\nc\n>>>>>>> other\n";
        assert_eq!(sides(with_base), Some(Sides { ours: b"a\n".into(), theirs: b"c\n".into() }));
        for none in [&b"age\n"[..], b"<<<<<<< HEAD\na\n", b"<<<<<<< HEAD\na\n=======\nb\n"] {
            assert_eq!(sides(none), None);
        }
    }
}
