//! What the tests of several modules need: files made on the spot, and a replica that may write.

use linli_log::fact::{Genesis, Grant, Root};
use linli_log::{Kind, Rights};
use linli_model::idnumber::check_digit;
use linli_store::{Identity, Opened, Replica};
use linli_wire::{Channel, DeviceKey, Digest, Space, TimeMs, UnitPath};
use rust_xlsxwriter::Workbook;

use crate::error::ImportError;

/// 2026-11-23, noon in China.
pub const NOW: TimeMs = TimeMs(1_795_406_400_000);

pub fn community() -> UnitPath {
    "3211/02/001/001".parse().expect("four parts of the right length are a path")
}

/// A replica in memory whose device is a clerk of the community.
pub fn replica() -> Replica {
    replica_for(&community())
}

pub fn replica_for(unit: &UnitPath) -> Replica {
    let opened = Opened::in_memory().expect("memory can be opened");
    let identity = Identity::random().expect("the system has randomness");
    let (device, recipient) = (identity.device(), identity.recipient());
    let mut replica = Replica::init(opened, identity).expect("a new replica takes an identity");
    let root = Root { next_root: Digest([7; 32]), suite: 1 };
    let genesis = Genesis { device, space: city(), grant: None, incarnation: [1; 16], root: Some(root) };
    let log = replica.write::<_, ImportError>(NOW, |w| Ok(w.begin_realm(&genesis)?)).expect("a realm begins");
    replica.set_realm(log.into()).expect("a replica without a realm takes one");
    grant(&mut replica, device, recipient, unit);
    replica
}

/// Two replicas of one realm, both devices clerks of the community.
pub fn pair() -> (Replica, Replica) {
    let mut one = replica();
    let opened = Opened::in_memory().expect("memory can be opened");
    let identity = Identity::random().expect("the system has randomness");
    let (device, recipient) = (identity.device(), identity.recipient());
    let mut other = Replica::init(opened, identity).expect("a new replica takes an identity");
    other.set_realm(one.realm().expect("the first replica began one")).expect("a replica takes a realm");
    grant(&mut one, device, recipient, &community());
    carry(&mut one, &mut other, &city());
    (one, other)
}

/// Carries what one replica holds of a space to another.
pub fn carry(from: &mut Replica, to: &mut Replica, space: &Space) {
    from.seal().expect("open entries are sealed");
    let segments = from.segments(space).expect("segments are read");
    to.store(segments, &|_| true).expect("segments are stored");
    to.materialise().expect("entries become documents");
}

pub fn records() -> Space {
    Space::new(community(), Channel::Records)
}

fn city() -> Space {
    Space::new("3211".parse().expect("four digits are a path"), Channel::Notices)
}

fn grant(replica: &mut Replica, device: DeviceKey, recipient: [u8; 32], unit: &UnitPath) {
    let (unit, label) = (unit.clone(), "test".to_owned());
    let grant = Grant { device, recipient, unit, rights: Rights::clerk(), not_after: None, label };
    replica
        .write::<_, ImportError>(NOW, |w| Ok(w.fact(&city(), Kind::Grant, &grant)?))
        .expect("the root grants any unit of its city");
}

/// A valid ID number: born on `birth`, with a serial of three digits.
pub fn id_no(birth: &str, serial: u32) -> String {
    let head = format!("321102{birth}{serial:03}");
    let check = check_digit(&head).expect("seventeen digits have a check digit");
    format!("{head}{check}")
}

/// A workbook of one or more sheets, every cell a text.
pub fn xlsx(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).expect("a short name is one of a sheet");
        for (row, cells) in (0u32..).zip(*rows) {
            for (column, cell) in (0u16..).zip(*cells) {
                if !cell.is_empty() {
                    sheet.write_string(row, column, *cell).expect("a short text fits a cell");
                }
            }
        }
    }
    workbook.save_to_buffer().expect("a small workbook is written")
}
