//! Whatever is done to a bundle, signed anew by the installation: both verifiers agree.

use crate::tools::{Brought, Files, ask, resign, unpacked};
use crate::world::{Trick, World};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files that only one of the two reads, as the readme says, and the convenience copy of keys.
const LOOSE: [&str; 4] = ["README.txt", "verify.py", "report.html", "allowed_signers"];

/// How many bundles are made; each is different.
const CASES: usize = 64;

/// Numbers that look random and are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

fn mutated(honest: &Files, number: usize) -> (String, Files) {
    let mut numbers = Numbers(number as u64 + 1);
    let mut files = honest.clone();
    let names: Vec<String> = honest
        .keys()
        .filter(|name| !LOOSE.contains(&name.as_str()) && !name.starts_with("manifest."))
        .filter(|name| !name.ends_with(".tiles.json"))
        .cloned()
        .collect();
    let name = names[numbers.below(names.len())].clone();
    let bytes = &honest[&name];
    let mut lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|b| *b == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let (one, other) = (numbers.below(lines.len()), numbers.below(lines.len()));
    let how = [
        "a changed byte",
        "a missing byte",
        "a doubled line",
        "a missing line",
        "swapped lines",
        "a digit",
    ];
    let how = how[numbers.below(how.len())];
    match how {
        "a doubled line" => lines.insert(one, lines[one].clone()),
        "a missing line" => drop(lines.remove(one)),
        "swapped lines" => lines.swap(one, other),
        _ => {
            let line = &mut lines[one];
            let digits: Vec<usize> = (0..line.len())
                .filter(|at| line[*at].is_ascii_digit())
                .collect();
            let at = numbers.below(line.len());
            match how {
                "a missing byte" => drop(line.remove(at)),
                "a digit" if !digits.is_empty() => {
                    let at = digits[numbers.below(digits.len())];
                    line[at] = b'0' + (line[at] - b'0' + 1) % 10;
                }
                _ => line[at] = line[at].wrapping_add(1),
            }
        }
    }
    files.insert(name.clone(), lines.concat());
    (format!("{how} in {name}"), files)
}

#[test]
fn both_agree_on_whatever_the_installation_signs() {
    let world = World::new(Trick::None, 0);
    let honest = unpacked(&world.bundle().unwrap());
    let next = AtomicUsize::new(0);
    let wrong: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= CASES {
                        break;
                    }
                    let (what, mut files) = mutated(&honest, number);
                    let same = files == honest;
                    // What it says of other drills is the installation's word, as the readme says.
                    let others = what.ends_with("drills.txt");
                    resign(&mut files, &world);
                    let answers = ask(&files, &Brought::default());
                    let codes = (answers.ours.0, answers.script.0);
                    if codes.0 != codes.1 || (codes.0 == 0 && !same && !others) {
                        let (ours, script) = (&answers.ours_output, &answers.script_output);
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("{number} {what} {codes:?}\n{ours}\n{script}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
