//! Photos, scans and papers that go with a document. Their bytes stand beside the documents, known by
//! their hash.

use super::FieldType::{Date, Int, Text};
use super::{Collection, Key, fields};

/// Bytes of one attached file.
pub const ATTACHMENT_BYTES_MAX: i64 = 64 << 20;

/// The attachments of a document, in every kind that takes evidence.
pub const ATTACHMENTS: Collection = Collection {
    name: "attachments",
    zh: "附件",
    en: "attachments",
    key: Key::Uuid,
    since: 1,
    fields: fields![
        "sha256" "摘要" "SHA-256 of the file" Text;
        "length" "字节数" "bytes" Int { min: 1, max: ATTACHMENT_BYTES_MAX };
        "type" "类型" "media type" Text;
        "name" "文件名" "file name" Text;
        "about" "所证事项" "item of the document that it is evidence for" Text;
        "day" "日期" "dated" Date;
    ],
};
