//! Engines that read beside the writer.

use linli_eval::{Engine, SqlValue};
use linli_log::Rights;

use super::{
    disks::on_disk,
    fixture::{COMMUNITY, card, enrol, in_memory, person, root, write},
};

#[test]
fn all_readers_of_one_piece_of_work_see_the_state_of_its_beginning() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut root, mut clerk) = (root(), on_disk(directory.path()));
    enrol(&mut root, &mut clerk, COMMUNITY, Rights::clerk());
    write(&mut clerk, &[card(1, "1")]);
    let mut readers = clerk.detached_readers(2).expect("readers");
    assert!(!readers.is_empty() && readers.len() <= 2);
    write(&mut clerk, &[card(2, "2"), person(3, "张三")]);
    for reader in &mut readers {
        reader
            .execute("CREATE TEMP TABLE own AS SELECT h.unit AS unit, h.doc AS doc FROM household h;")
            .expect("its own");
        reader.filled("own", &[vec!["unit".to_owned(), "doc".to_owned()]]).expect("indexed");
        let counted = "SELECT COUNT(*) AS cards FROM own o";
        assert_eq!(reader.query(counted).expect("rows"), [[SqlValue::Int(1)]]);
        assert!(reader.work().vm_steps > 0);
    }
    assert!(in_memory().detached_readers(2).expect("none").is_empty());
}
