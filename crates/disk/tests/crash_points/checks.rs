//! What has to hold after a machine lost power or its disk failed.

use std::collections::BTreeMap;

use linli_model::tables;
use linli_store::Replica;

use crate::{
    exchange::exchange,
    script::{Operation, phones},
    world::{Machine, Who, World},
};

/// Exchanges until both hold the same.
const EXCHANGES_MAX: usize = 3;
/// No card of the script has this number.
const ANOTHER_CARD: u8 = 200;

/// The machine that lost power starts again: nothing acknowledged is lost, and both go on.
///
/// `done` was acknowledged; of `doing` it is not known, but it happened as a whole or not at all.
pub fn survived(world: &mut World, who: Who, done: &[Operation], doing: Option<&Operation>) {
    world.machine(who).reopen().expect("it opens again");
    sound(&world.machine(who).replica);
    nothing_is_lost(world, who);
    let shown = shown(&world.device.replica);
    let before = phones(done.iter());
    let after = phones(done.iter().chain(doing));
    assert!(shown == before || shown == after, "a half: {shown:?}\nbefore {before:?}\nafter {after:?}");
    both_go_on(world);
}

/// What was acknowledged to anyone is there.
pub fn nothing_is_lost(world: &mut World, who: Who) {
    let entries = world.machine(who).entries().expect("the disk works");
    let missing = world.machine(who).acknowledged.difference(&entries).count();
    assert_eq!(missing, 0, "of what it was told is stored, entries are gone");
    let me = world.machine(who).replica.identity().device();
    let peer = &world.machine(who.other()).replica;
    let sent: Vec<Vec<u8>> = peer
        .query("SELECT entry.hash FROM entry JOIN log USING (log_no) WHERE log.device = ?1", [me.0], |row| {
            row.get(0)
        })
        .expect("the peer's disk works");
    let missing = sent.iter().filter(|hash| !entries.contains(*hash)).count();
    assert_eq!(missing, 0, "of its own entries that the peer has, some are gone: its log will fork");
    let receipts = peer.held_by(false).expect("the peer's disk works");
    let mine = &world.machine(who).replica;
    for held in receipts.iter().filter(|held| held.hub == me) {
        let ends: Vec<Option<u64>> = mine
            .query(
                "SELECT MAX(entry.seq) FROM entry JOIN log USING (log_no) WHERE log.id = ?1",
                [held.log.0],
                |row| row.get(0),
            )
            .expect("the disk works");
        assert!(ends[0] >= Some(held.seq), "it gave a receipt for entry {}, and has {ends:?}", held.seq);
    }
}

/// Both write, exchange, and end up equal, in the logs that they had.
fn both_go_on(world: &mut World) {
    let more = [
        Operation::Edit { cards: vec![ANOTHER_CARD], phone: "more".to_owned() },
        Operation::Find(ANOTHER_CARD),
    ];
    for operation in more {
        operation.perform(world).expect("the disks work");
    }
    let equal = (0..EXCHANGES_MAX).any(|_| exchange(world).expect("the disks work"));
    assert!(equal, "the two do not converge");
    for who in Who::BOTH {
        let Machine { replica, .. } = world.machine(who);
        assert_eq!(replica.counts().expect("counts").left_out, 0, "{who:?} leaves entries out");
        let number = |sql: &str| -> i64 { replica.query(sql, [], |row| row.get(0)).expect("a number")[0] };
        assert_eq!(number("SELECT COUNT(*) FROM branch WHERE branch > 0"), 0, "a log forked");
        let logs =
            "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM log WHERE own = 1 GROUP BY space_no)";
        assert_eq!(number(logs), 1, "{who:?} takes its disk for an old copy and begins another log");
    }
    assert_eq!(rows(&world.hub.replica), rows(&world.device.replica), "the two show different rows");
}

/// What can be dropped is what a rebuild makes.
pub fn caches_equal_a_rebuild(replica: &mut Replica) {
    let before = rows(replica);
    replica.rebuild().expect("the disk works");
    assert_eq!(rows(replica), before);
}

fn sound(replica: &Replica) {
    replica.verify_segments().expect("the database and its segments are sound");
}

/// Every published table, row by row.
fn rows(replica: &Replica) -> Vec<String> {
    let mut all = Vec::new();
    for table in tables() {
        // Document numbers are each replica's own.
        let columns: Vec<_> = table.columns.iter().map(|c| format!("quote(\"{}\")", c.name)).collect();
        let sql = format!("SELECT {} FROM \"{}\" ORDER BY 1", columns.join("||','||"), table.name);
        let rows: Vec<String> = replica.query(&sql, [], |row| row.get(0)).expect("a table can be read");
        all.extend(rows.into_iter().map(|row| format!("{}: {row}", table.name)));
    }
    all
}

fn shown(device: &Replica) -> BTreeMap<u8, String> {
    let read = |row: &rusqlite::Row<'_>| {
        let (card, phone): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((card[card.len() - 3..].parse().expect("card numbers end in three digits"), phone))
    };
    let rows = device.query("SELECT card_no, phone FROM household", [], read).expect("rows");
    rows.into_iter().collect()
}
