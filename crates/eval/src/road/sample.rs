//! Drawing a sample by a seed, so that anybody with the same records can draw it again.

use linli_wire::Digest;

/// A sample and the frame that it was drawn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// How many subjects the frame has.
    pub frame: usize,
    /// The digest over the frame's subjects in the order of their names.
    pub frame_digest: Digest,
    /// The subjects drawn, in the order in which they were.
    pub subjects: Vec<String>,
}

/// Draws `size` subjects, or all where there are fewer: those whose digest with the seed comes first. The order
/// of the frame does not matter, nor does a subject that it names twice.
pub fn draw(seed: &str, frame: impl IntoIterator<Item = String>, size: usize) -> Drawn {
    let mut frame: Vec<String> = frame.into_iter().collect();
    frame.sort_unstable();
    frame.dedup();
    let parts: Vec<&[u8]> = frame.iter().map(String::as_bytes).collect();
    let frame_digest = Digest::of(b"linli/1 sample frame", &parts);
    let place = |subject: &String| Digest::of(b"linli/1 sample", &[seed.as_bytes(), subject.as_bytes()]);
    let mut ranked: Vec<(Digest, &String)> = frame.iter().map(|subject| (place(subject), subject)).collect();
    ranked.sort_unstable();
    let subjects = ranked.into_iter().take(size).map(|(_, subject)| subject.clone()).collect();
    Drawn { frame: frame.len(), frame_digest, subjects }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn frame(people: usize) -> Vec<String> {
        (0..people).map(|person| format!("{person:032x}")).collect()
    }

    #[test]
    fn the_same_seed_and_frame_give_the_same_sample_in_whatever_order_the_frame_comes() {
        let mut turned = frame(200);
        turned.reverse();
        turned.push(turned[0].clone());
        let drawn = draw("7", frame(200), 30);
        assert_eq!(drawn, draw("7", turned, 30));
        let different: BTreeSet<&String> = drawn.subjects.iter().collect();
        assert_eq!((drawn.frame, different.len()), (200, 30));
        assert_ne!(drawn.subjects, draw("8", frame(200), 30).subjects);
        assert_ne!(drawn.frame_digest, draw("7", frame(201), 30).frame_digest);
    }

    #[test]
    fn of_fewer_than_are_asked_for_all_are_drawn() {
        assert_eq!(draw("7", frame(4), 30).subjects.len(), 4);
        assert_eq!(draw("7", frame(0), 30).subjects.len(), 0);
    }

    #[test]
    fn every_subject_is_drawn_about_as_often_as_any_other() {
        let mut drawn = vec![0_u32; 20];
        for seed in 0..2000 {
            for subject in draw(&seed.to_string(), frame(20), 5).subjects {
                let person = usize::from_str_radix(&subject, 16).expect("the frame is of numbers");
                drawn[person] += 1;
            }
        }
        // 500 are expected of each, and 50 is more than two and a half standard deviations of them.
        assert!(drawn.iter().all(|times| (400..600).contains(times)), "{drawn:?}");
    }
}
