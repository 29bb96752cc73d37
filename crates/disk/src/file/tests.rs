use super::*;

fn written(parts: &[(usize, &[u8])]) -> File {
    let mut file = File::default();
    for (offset, bytes) in parts {
        file.write(*offset, bytes);
    }
    file
}

#[test]
fn what_was_synced_outlives_every_crash() {
    for seed in 0..200 {
        let mut chance = Chance::new(seed);
        let mut file = written(&[(0, &[1; 2_000]), (1_000, &[2; 2_000])]);
        file.sync();
        let before = file.bytes().to_vec();
        file.crash(chance.crash(), &mut chance);
        assert_eq!(file.bytes(), before, "seed {seed}");
    }
}

#[test]
fn a_crash_keeps_all_nothing_or_any_sectors_of_what_was_not_synced() {
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..1_000 {
        let mut chance = Chance::new(seed);
        let mut file = written(&[(0, &[1; 4 * SECTOR_BYTES])]);
        file.sync();
        file.write(SECTOR_BYTES / 2, &[2; 3 * SECTOR_BYTES]);
        file.crash(chance.crash(), &mut chance);
        // Whether each of the four sectors has the new bytes.
        let new = [300, 600, 1_100, 1_600].map(|at| file.bytes()[at] == 2);
        // What the write did not touch stays as it was, also in a sector that it did.
        assert!(file.bytes()[..256].iter().chain(&file.bytes()[1_792..]).all(|byte| *byte == 1));
        outcomes.insert(new);
    }
    assert_eq!(outcomes.len(), 16, "every combination of sectors occurs");
}

#[test]
fn later_writes_can_survive_without_earlier_ones() {
    let survivors: std::collections::BTreeSet<_> = (0..100)
        .map(|seed| {
            let mut chance = Chance::new(seed);
            let mut file = written(&[(0, &[1]), (1, &[2])]);
            file.crash(Survival::Some, &mut chance);
            file.bytes().to_vec()
        })
        .collect();
    let expected: [&[u8]; 4] = [&[], &[0, 2], &[1], &[1, 2]];
    assert_eq!(survivors.iter().map(Vec::as_slice).collect::<Vec<_>>(), expected);
}

#[test]
fn what_a_failed_sync_lost_is_read_and_yet_not_kept_by_the_next() {
    let lost = (0..50).find(|seed| {
        let mut chance = Chance::new(*seed);
        let mut file = written(&[(0, &[1; 100])]);
        file.sync_badly(&mut chance);
        assert_eq!(file.bytes(), [1; 100]);
        file.sync();
        file.crash(Survival::Everything, &mut chance);
        file.bytes().is_empty()
    });
    assert!(lost.is_some());
}
