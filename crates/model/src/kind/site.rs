//! A unit's office: its staff, premises and equipment, and the days on which it exchanged data.

use linli_wire::Channel;

use super::FieldType::{Code, Date, Flag, Int, Text};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

/// Somebody who holds a post of the unit.
pub static STAFF: Kind = Kind {
    code: 16,
    name: "staff",
    zh: "工作人员",
    en: "staff",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["name", "start"],
    fields: fields![
        "name" "姓名" "name" Text;
        "post" "岗位" "post" Text;
        "full_time" "专职" "full-time" Flag;
        "start" "到岗日期" "from" Date;
        "end" "离岗日期" "last day" Date;
        "certificate" "资格证书" "certificate" Text;
        "certified_until" "证书有效期至" "certificate valid until" Date;
        "phone" "联系电话" "phone" Text;
    ],
    collections: &[ATTACHMENTS],
};

/// Rooms that the unit works in.
pub static PREMISES: Kind = Kind {
    code: 17,
    name: "premises",
    zh: "工作场所",
    en: "premises",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["address", "start"],
    fields: fields![
        "address" "地址" "address" Text;
        "area" "面积（平方米）" "area, square metres" Int { min: 0, max: 1_000_000 };
        "start" "启用日期" "from" Date;
        "end" "停用日期" "last day" Date;
        "evidence" "证明" "evidence" Text;
    ],
    collections: &[ATTACHMENTS],
};

/// A machine or board of the unit, with what was seen when somebody looked whether it works.
pub static EQUIPMENT: Kind = Kind {
    code: 18,
    name: "equipment",
    zh: "设备",
    en: "equipment",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["what", "start"],
    fields: fields![
        "what" "设备类别" "what it is" Code(&codes::EQUIPMENT);
        "model" "型号" "model" Text;
        "number" "编号" "number" Text;
        "start" "启用日期" "from" Date;
        "end" "报废日期" "last day" Date;
    ],
    collections: &[
        Collection {
            name: "checks",
            zh: "运行记录",
            en: "log of checks",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "day" "日期" "on" Date;
                "working" "正常" "working" Flag;
                "note" "说明" "note" Text;
            ],
        },
        ATTACHMENTS,
    ],
};

/// The days on which the unit exchanged data with its hub, and those on which its hub could not. The hub
/// writes them, into the unit's oversight.
pub static EXCHANGES: Kind = Kind {
    code: 19,
    name: "exchanges",
    zh: "数据交换",
    en: "exchanges",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: true,
    keyed_by: None,
    required: &[],
    fields: &[],
    collections: &[
        // By the day, so that two hubs that note the same day note it once.
        Collection {
            name: "days",
            zh: "交换日",
            en: "days of exchange",
            key: Key::Name,
            since: 1,
            fields: fields![
                "means" "方式" "means" Code(&codes::EXCHANGE_MEANS);
                "entries" "条数" "entries" Int { min: 0, max: 1_000_000_000 };
            ],
        },
        Collection {
            name: "outages",
            zh: "上级停机",
            en: "outages of the hub",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "start" "起" "from" Date;
                "end" "止" "last day" Date;
                "reason" "原因" "reason" Text;
            ],
        },
    ],
};
