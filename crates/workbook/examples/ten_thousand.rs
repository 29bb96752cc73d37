//! Measures the import of ten thousand people into a new replica on disk, and of the same file again.
#![allow(clippy::print_stdout, reason = "printing is what this example is for")]

use std::fmt::Write as _;
use std::time::Instant;

use linli_log::fact::{Genesis, Grant, Root};
use linli_log::{Kind, Rights};
use linli_model::idnumber::check_digit;
use linli_store::{Identity, Opened, Replica};
use linli_wire::{Channel, Digest, Space, TimeMs, UnitPath};
use linli_workbook::ImportError;

const NOW: TimeMs = TimeMs(1_795_406_400_000);

fn main() {
    let directory = std::env::temp_dir().join(format!("linli-import-{}", std::process::id()));
    let unit: UnitPath = "3211/02/001/001".parse().expect("four parts are a path");
    let mut replica = replica(&directory, &unit);
    let bytes = people(std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(10_000));
    for run in ["first", "again"] {
        let begun = Instant::now();
        let report =
            linli_workbook::import(&mut replica, &unit, bytes.as_bytes(), "people.csv", NOW, &mut |_, _| {})
                .expect("the file is imported");
        println!("{run}: {:?}, {} entries, {:?}", begun.elapsed(), report.entries, report.people);
    }
    drop(replica);
    std::fs::remove_dir_all(&directory).expect("the directory was made above");
}

fn replica(directory: &std::path::Path, unit: &UnitPath) -> Replica {
    let opened = Opened::create(directory).expect("the directory is new");
    let identity = Identity::random().expect("the system has randomness");
    let (device, recipient) = (identity.device(), identity.recipient());
    let mut replica = Replica::init(opened, identity).expect("a new replica takes an identity");
    let city = Space::new("3211".parse().expect("four digits are a path"), Channel::Notices);
    let root = Some(Root { next_root: Digest([7; 32]), suite: 1 });
    let genesis = Genesis { device, space: city.clone(), grant: None, incarnation: [1; 16], root };
    let log = replica.write::<_, ImportError>(NOW, |w| Ok(w.begin_realm(&genesis)?)).expect("a realm begins");
    replica.set_realm(log.into()).expect("a replica without a realm takes one");
    let (unit, label) = (unit.clone(), "measure".to_owned());
    let grant = Grant { device, recipient, unit, rights: Rights::clerk(), not_after: None, label };
    replica
        .write::<_, ImportError>(NOW, |w| Ok(w.fact(&city, Kind::Grant, &grant)?))
        .expect("the root grants any unit of its city");
    replica
}

fn people(count: usize) -> String {
    let mut text = String::from(
        "户卡编号,居住地址,姓名,公民身份号码,与户主关系,文化程度,婚姻状况,联系电话,居住状态,劳动能力,就业愿望,就业状况,状况起始日期\n",
    );
    for n in 0..count {
        let (card, place) = (n / 3, n % 3);
        let head = format!("321102{}{:02}{:02}{:03}", 1960 + n / 1000, 1 + n % 12, 1 + n / 12 % 28, n % 1000);
        let check = check_digit(&head).expect("seventeen digits have a check digit");
        let relation = ["户主", "配偶", "子"][place];
        writeln!(
            text,
            "321102001001{card:05},中山路{card}号,人员{n},{head}{check},{relation},20,已婚,13800000000,\
             人户一致,1,1,登记失业,2026-03-01"
        )
        .expect("a string takes what is written to it");
    }
    text
}
