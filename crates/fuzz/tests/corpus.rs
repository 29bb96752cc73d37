//! What fuzzing found stays found: every target over its seeds, its corpus and mutations of both.

use std::{fs, path::Path};

use linli_fuzz::{Inputs, TARGETS, seeds};

/// Mutations of one input.
const MUTATIONS: u64 = 200;

/// `fuzz/corpus/TARGET/*`.
fn corpus() -> Inputs {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut inputs = Inputs::new();
    for target in TARGETS {
        let Ok(files) = fs::read_dir(folder.join(target.name)) else { continue };
        let mut paths: Vec<_> = files.map(|file| file.expect("the corpus can be listed").path()).collect();
        paths.sort();
        let read = paths.iter().map(|path| fs::read(path).expect("the corpus can be read"));
        inputs.insert(target.name, read.collect());
    }
    inputs
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// One to four small damages: a bit turned, a byte set, a piece cut out, doubled or put in from `other`.
fn damage(input: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len());
        let len = dice.roll(16).min(bytes.len() - at);
        match dice.roll(6) {
            0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << dice.roll(8),
            2 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.roll(5)],
            3 => drop(bytes.drain(at..at + len)),
            4 => {
                let piece = bytes[at..at + len].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let from = dice.roll(other.len());
                let piece = &other[from..(from + dice.roll(32)).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

#[test]
fn the_corpus_breaks_nothing() {
    let corpus = corpus();
    for target in TARGETS {
        (target.run)(&[]);
        for input in corpus.get(target.name).into_iter().flatten() {
            (target.run)(input);
        }
    }
}

#[test]
fn damaged_inputs_break_nothing() {
    let (seeds, corpus) = (seeds(), corpus());
    for target in TARGETS {
        let both = [&seeds, &corpus].into_iter().filter_map(|inputs| inputs.get(target.name));
        let inputs: Vec<&Vec<u8>> = both.flatten().collect();
        let mut dice = Dice(target.name.len() as u64);
        for input in &inputs {
            (target.run)(input);
            for _ in 0..MUTATIONS {
                let other = inputs[dice.roll(inputs.len())];
                (target.run)(&damage(input, other, &mut dice));
            }
        }
    }
}

#[test]
fn every_target_has_a_program_and_every_folder_a_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let listed = |folder: &str| -> Vec<String> {
        let files = fs::read_dir(fuzz.join(folder)).expect("the folder can be listed");
        let mut names: Vec<_> = files
            .map(|file| file.expect("it can be listed").path().file_stem().expect("a name").to_owned())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(listed("fuzz_targets"), targets);
    assert!(listed("corpus").iter().all(|folder| targets.contains(&folder.as_str())));
}
