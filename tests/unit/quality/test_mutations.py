"""One thing of a good release is broken at a time; the verifier must fail it, by the right rule."""

from __future__ import annotations

import copy
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID

from guideit.testing.hand_made import PSEUDONYM, Draft, draft, parquet, uid
from guideit.testing.hand_proved import prove

FIRST = "1.2.3.4.1.1"
CT_PACK = f"images/{PSEUDONYM}/{uid('1.2.3.4')}/{uid('1.2.3.4.10')}.zip"
Change = Callable[[Draft], object]
MUTATIONS: dict[str, tuple[str, bool, Change]] = {}
"""Name -> rule that must fail, whether the private side is needed to see it, the change."""


def mutation(rule: str, *, private: bool = False) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        MUTATIONS[change.__name__] = (f"verify.{rule}", private, change)
        return change

    return register


def _item(**values: Any) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _edit(change: Callable[[bytes], bytes]) -> Change:
    return lambda plan: plan.edits.update({FIRST: change})


# --- seal ---------------------------------------------------------------------------------------------------------


@mutation("seal")
def a_byte_of_a_pack_changed_after_sealing(plan: Draft) -> None:
    plan.after_seal[CT_PACK] = lambda body: body[:2000] + bytes([body[2000] ^ 1]) + body[2001:]


@mutation("seal")
def an_object_taken_away(plan: Draft) -> None:
    plan.after_seal["tables/dm.csv"] = None


@mutation("seal")
def an_object_added(plan: Draft) -> None:
    plan.after_seal["tables/crosswalk.csv"] = lambda _: b"source,released\n"


@mutation("seal")
def a_file_beside_the_packs(plan: Draft) -> None:
    plan.after_seal["images/.DS_Store"] = lambda _: b"\0"


@mutation("seal")
def the_title_in_the_seal_changed(plan: Draft) -> None:
    plan.after_seal["release.json"] = lambda body: body.replace(b"A trial", b"B trial")


@mutation("seal")
def the_count_in_the_seal_wrong(plan: Draft) -> None:
    plan.left_out.add(FIRST)
    plan.after_seal["release.json"] = lambda body: body.replace(b'"instances": 4', b'"instances": 5')


# --- packs --------------------------------------------------------------------------------------------------------


def _repacked(change: Callable[[zipfile.ZipInfo], object], **closing: bytes) -> Callable[[bytes], bytes]:
    def repack(body: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w") as new:
            for info in old.infolist():
                fresh = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
                fresh.create_system = 0
                change(fresh)
                new.writestr(fresh, old.read(info))
                fresh.external_attr = 0
            new.comment = closing.get("comment", b"")
        return target.getvalue()

    return repack


@mutation("pack")
def a_comment_at_the_end_of_the_zip(plan: Draft) -> None:
    plan.packs[FIRST] = _repacked(lambda info: None, comment=b"from ward 3")


@mutation("pack")
def a_comment_on_an_entry(plan: Draft) -> None:
    plan.packs[FIRST] = _repacked(lambda info: setattr(info, "comment", b"scan of Tuesday"))


@mutation("pack")
def an_extra_field(plan: Draft) -> None:
    plan.packs[FIRST] = _repacked(lambda info: setattr(info, "extra", struct.pack("<HH4s", 0x7075, 4, b"name")))


@mutation("pack")
def a_real_modification_time(plan: Draft) -> None:
    plan.packs[FIRST] = _repacked(lambda info: setattr(info, "date_time", (2020, 3, 5, 10, 11, 12)))


@mutation("pack")
def a_deflated_entry(plan: Draft) -> None:
    plan.packs[FIRST] = _repacked(lambda info: setattr(info, "compress_type", zipfile.ZIP_DEFLATED))


@mutation("pack")
def bytes_behind_the_zip(plan: Draft) -> None:
    plan.packs[FIRST] = lambda body: body + b"hidden"


@mutation("pack")
def bytes_in_front_of_the_zip(plan: Draft) -> None:
    plan.packs[FIRST] = lambda body: b"hidden" + body


@mutation("pack")
def another_name_in_the_local_header(plan: Draft) -> None:
    plan.packs[FIRST] = lambda body: body.replace(uid(FIRST).encode(), b"x" * len(uid(FIRST)), 1)


@mutation("pack")
def a_pack_that_is_no_zip(plan: Draft) -> None:
    plan.packs[FIRST] = lambda body: b"no zip at all"


@mutation("pack")
def a_folder_in_the_pack(plan: Draft) -> None:
    plan.names[FIRST] = f"a/{uid(FIRST)}.dcm"


# --- Part 10 and encoding -----------------------------------------------------------------------------------------


@mutation("part10")
def text_in_the_preamble(plan: Draft) -> None:
    _edit(lambda body: b"II*\0 anything".ljust(128, b"\0") + body[128:])(plan)


@mutation("part10")
def a_source_application_entity_title(plan: Draft) -> None:
    plan.ct.file_meta.SourceApplicationEntityTitle = "WARD3"


@mutation("part10")
def private_information_in_the_meta_information(plan: Draft) -> None:
    plan.ct.file_meta.PrivateInformationCreatorUID = UID("2.25.1")
    plan.ct.file_meta.PrivateInformation = b"note"


@mutation("structure")
def bytes_behind_the_data_set(plan: Draft) -> None:
    _edit(lambda body: body + b"hidden")(plan)


@mutation("structure")
def an_element_twice(plan: Draft) -> None:
    element = struct.pack("<HH2sH", 0x0008, 0x0060, b"CS", 2)
    _edit(lambda body: body.replace(element, element + b"MR" + element, 1))(plan)


@mutation("structure")
def bytes_behind_the_last_fragment(plan: Draft) -> None:
    end = b"\xfe\xff\xdd\xe0\0\0\0\0"
    plan.edits["1.2.3.4.3.1"] = lambda body: body.removesuffix(end) + end + b"hidden"


@mutation("structure")
def elements_out_of_order(plan: Draft) -> None:
    late = struct.pack("<HH2sH", 0x0008, 0x0005, b"CS", 2) + b"  "
    _edit(lambda body: body + late)(plan)


@mutation("structure")
def a_length_beyond_the_end(plan: Draft) -> None:
    _edit(lambda body: body[:-100])(plan)


@mutation("conformance")
def trailing_padding(plan: Draft) -> None:
    plan.ct.add_new(0xFFFCFFFC, "OB", b"\0" * 8)


# --- identity and attestation -------------------------------------------------------------------------------------


@mutation("identity")
def a_file_name_that_is_another_uid(plan: Draft) -> None:
    plan.names[FIRST] = f"{uid('another')}.dcm"


@mutation("identity")
def a_patients_name_that_is_not_the_pseudonym(plan: Draft) -> None:
    plan.ct.PatientName = "Jane^Doe"


@mutation("identity")
def a_file_in_a_foreign_pack(plan: Draft) -> None:
    plan.ct.StudyInstanceUID = uid("another study")


@mutation("identity")
def a_sop_class_that_is_not_that_of_the_meta_information(plan: Draft) -> None:
    plan.edits[FIRST] = lambda body: body.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0", 1)


@mutation("attestation")
def patient_identity_removed_not_said(plan: Draft) -> None:
    del plan.ct.PatientIdentityRemoved


@mutation("attestation")
def no_method(plan: Draft) -> None:
    del plan.ct.DeidentificationMethod


@mutation("attestation")
def an_option_in_force_not_said(plan: Draft) -> None:
    plan.ct.DeidentificationMethodCodeSequence.pop()


@mutation("attestation")
def an_option_said_that_is_not_in_force(plan: Draft) -> None:
    code = _item(CodeValue="113109", CodingSchemeDesignator="DCM", CodeMeaning="Device")
    plan.ct.DeidentificationMethodCodeSequence.append(code)


@mutation("attestation")
def dates_said_to_be_unmodified(plan: Draft) -> None:
    plan.ct.LongitudinalTemporalInformationModified = "UNMODIFIED"


# --- policy conformance -------------------------------------------------------------------------------------------


@mutation("conformance")
def an_attribute_that_is_removed_kept(plan: Draft) -> None:
    plan.ct.OtherPatientIDs = "A"


@mutation("conformance")
def a_name_in_a_nested_item(plan: Draft) -> None:
    plan.datasets["1.2.3.4.1.2"].ReferencedImageSequence[0].PatientName = "Anybody^Else"


@mutation("conformance")
def a_patient_id_five_items_deep(plan: Draft) -> None:
    item = _item(PatientID="A-17")
    for _ in range(5):
        item = _item(ReferencedImageSequence=Sequence([item]))
    plan.rt.ROIContourSequence[0].ContourImageSequence[0].ReferencedImageSequence = Sequence([item])


@mutation("conformance")
def a_value_where_the_policy_leaves_none(plan: Draft) -> None:
    plan.ct.AccessionNumber = "A"


@mutation("conformance")
def an_attribute_that_no_dictionary_has(plan: Draft) -> None:
    plan.ct.add_new(0x00081FFE, "LO", "x")


@mutation("conformance")
def a_curve(plan: Draft) -> None:
    plan.ct.add_new(0x50003000, "OW", b"\0" * 8)


@mutation("conformance")
def an_overlay(plan: Draft) -> None:
    plan.ct.add_new(0x60003000, "OW", b"\0" * 32)


@mutation("conformance")
def a_sequence_that_must_be_empty(plan: Draft) -> None:
    plan.ct.RequestAttributesSequence = Sequence([_item(ScheduledProcedureStepID="x")])


@mutation("conformance")
def bits_that_no_rule_keeps(plan: Draft) -> None:
    plan.ct.add_new(0x00282000, "OB", b"some profile")


@mutation("conformance")
def an_encapsulated_document(plan: Draft) -> None:
    plan.ct.EncapsulatedDocument = b"%PDF"


@mutation("private")
def a_private_element(plan: Draft) -> None:
    plan.ct.add_new(0x00110010, "LO", "ACME")
    plan.ct.add_new(0x00111001, "LO", "x")


@mutation("private")
def a_private_creator_without_elements(plan: Draft) -> None:
    plan.ct.add_new(0x00110010, "LO", "whatever one likes")


@mutation("private")
def an_unlisted_element_of_a_listed_creator(plan: Draft) -> None:
    plan.ct.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    plan.ct.add_new(0x001910AA, "LO", "x")


@mutation("private")
def a_private_element_without_creator(plan: Draft) -> None:
    plan.ct.add_new(0x0019100C, "IS", "1000")


@mutation("private")
def a_private_sequence_in_an_item(plan: Draft) -> None:
    item = plan.rt.StructureSetROISequence[0]
    item.add_new(0x00110010, "LO", "ACME")
    item.add(DataElement(0x00111001, "SQ", Sequence([_item(CodeMeaning="x")])))


@mutation("uid")
def a_uid_left_as_it_was(plan: Draft) -> None:
    plan.ct.FrameOfReferenceUID = "1.2.3.4.99"


@mutation("uid")
def a_nested_reference_left_as_it_was(plan: Draft) -> None:
    plan.rt.ROIContourSequence[0].ContourImageSequence[0].ReferencedSOPInstanceUID = "1.2.3.4.1.2"


def _text_in(tag: int, vr: bytes, old: bytes, new: bytes) -> Change:
    head = struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(old))
    return _edit(lambda body: body.replace(head + old, head[:6] + struct.pack("<H", len(new)) + new))


@mutation("form")
def a_name_in_a_decimal_string(plan: Draft) -> None:
    _text_in(0x00180060, b"DS", b"120 ", b"A DOE ")(plan)


@mutation("form")
def a_name_in_a_code_string(plan: Draft) -> None:
    _text_in(0x00080060, b"CS", b"CT", b"Doe, A")(plan)


@mutation("form")
def a_date_that_is_none(plan: Draft) -> None:
    _text_in(0x00080021, b"DA", plan.ct.SeriesDate.encode(), b"in March")(plan)


@mutation("form")
def a_uid_with_letters(plan: Draft) -> None:
    old = uid("1.2.3.4.99").encode()
    _edit(lambda body: body.replace(old, b"2.25.DOE".ljust(len(old), b"1")))(plan)


@mutation("residue")
def a_telephone_number_in_a_description(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest 0301234567"


@mutation("residue")
def a_name_in_caret_form_in_a_description(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest DOE^JANE"


@mutation("residue")
def a_mail_address_in_a_description(plan: Draft) -> None:
    plan.rt.StructureSetROISequence[0].ROIName = "jane@example.org"


# --- the stated policy --------------------------------------------------------------------------------------------


def _decide(tag: str, action: str, rule: str = "e1.test") -> Change:
    def change(plan: Draft) -> None:
        row = next(row for row in plan.policy["decisions"] if row["tag"] == tag)
        row.update(action=action, rule=rule)

    return change


@mutation("policy")
def a_policy_that_keeps_what_the_standard_removes(plan: Draft) -> None:
    _decide("00104000", "K")(plan)


@mutation("policy")
def an_override_that_nobody_asked_for(plan: Draft) -> None:
    _decide("00100030", "K", "override")(plan)


@mutation("policy")
def a_private_element_that_is_not_safe_in_the_policy(plan: Draft) -> None:
    plan.policy["decisions"].append({"tag": "0011xx01 ACME", "action": "K", "rule": "e1.retain-safe-private"})


@mutation("policy")
def another_policy_than_the_sealed_one(plan: Draft) -> None:
    plan.objects["evidence/policy.json"] = lambda body: body.replace(b"ab" * 32, b"cd" * 32)


@mutation("policy")
def dates_kept_without_the_option(plan: Draft) -> None:
    plan.policy["settings"]["dates"] = "keep"


# --- index --------------------------------------------------------------------------------------------------------


def _row(**values: Any) -> Change:
    return lambda plan: setattr(plan, "index", lambda rows: [rows[0] | values, *rows[1:]])


@mutation("index")
def an_offset_that_leads_elsewhere(plan: Draft) -> None:
    _row(offset=1)(plan)


@mutation("index")
def a_length_that_is_too_short(plan: Draft) -> None:
    _row(length=100)(plan)


@mutation("index")
def a_row_for_no_file(plan: Draft) -> None:
    _row(instance=uid("nobody"))(plan)


@mutation("index")
def a_row_missing(plan: Draft) -> None:
    plan.index = lambda rows: rows[1:]


@mutation("index")
def a_row_twice(plan: Draft) -> None:
    plan.index = lambda rows: [rows[0], *rows]


@mutation("index")
def a_frame_that_is_not_there(plan: Draft) -> None:
    plan.index = lambda rows: [rows[0] | {"frame_offsets": [rows[0]["offset"] + 200]}, *rows[1:]]


@mutation("index")
def an_unshifted_date_in_the_index(plan: Draft) -> None:
    _row(StudyDate="20200305")(plan)


@mutation("index")
def an_index_that_is_no_table(plan: Draft) -> None:
    plan.objects["index/series.parquet"] = lambda body: body[:50]


# --- residue, with the private side -------------------------------------------------------------------------------


@mutation("residue", private=True)
def the_name_in_a_description(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest muellerstein"


@mutation("residue", private=True)
def the_name_without_its_umlaut_inside_a_word(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chestMULLERSTEINlate"


@mutation("residue", private=True)
def the_name_in_what_the_cleaning_wrote(plan: Draft) -> None:
    plan.ct.DeidentificationMethod = "for Friederike"


@mutation("residue", private=True)
def the_japanese_name_in_a_description(plan: Draft) -> None:
    plan.ct.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    plan.ct.SeriesDescription = "胸部山田"


@mutation("residue", private=True)
def the_japanese_name_in_utf_8(plan: Draft) -> None:
    plan.ct.SpecificCharacterSet = "ISO_IR 192"
    plan.ct.SeriesDescription = "胸部太郎"


@mutation("residue", private=True)
def the_name_in_utf_16_in_a_private_value(plan: Draft) -> None:
    plan.ct.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    plan.ct.add_new(0x0019100C, "UN", "Friederike".encode("utf-16-le"))


@mutation("residue", private=True)
def the_id_as_a_binary_number(plan: Draft) -> None:
    plan.ct.WaterEquivalentDiameter = 44556677.0


@mutation("residue", private=True)
def the_id_as_a_decimal_number(plan: Draft) -> None:
    plan.ct.KVP = "4.4556677E7"


@mutation("residue", private=True)
def the_name_in_padding_between_elements_of_a_lookup_table(plan: Draft) -> None:
    plan.ct.RescaleType = "HU\0FRIEDERIKE"


@mutation("residue", private=True)
def the_name_in_a_jpeg_comment(plan: Draft) -> None:
    source = plan.sources["1.2.3.4.3.1"]
    plan.xa.PixelData = source.PixelData
    plan.xa["PixelData"].is_undefined_length = True


@mutation("residue", private=True)
def the_long_name_among_the_pixels(plan: Draft) -> None:
    pixels = bytearray(plan.ct.PixelData)
    pixels[100:110] = b"Friederike"
    plan.ct.PixelData = bytes(pixels)
    plan.sources[FIRST].PixelData = bytes(pixels)


@mutation("residue", private=True)
def the_patient_id_with_another_separator(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest pat_778812"[:16]


@mutation("residue", private=True)
def the_accession_number_in_a_short_string(plan: Draft) -> None:
    plan.ct.ConvolutionKernel = "44556677"
    plan.policy["decisions"].append({"tag": "00181210", "action": "C", "rule": "unlisted.test"})


@mutation("residue", private=True)
def the_date_of_birth_as_germans_write_it(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest 14.02.1956"


@mutation("residue", private=True)
def the_date_of_birth_in_words(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest 14 Feb 1956"


@mutation("residue", private=True)
def a_source_uid_in_a_text(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest 1.2.3.4.99"


@mutation("residue", private=True)
def the_name_in_a_table(plan: Draft) -> None:
    plan.objects["tables/dm.csv"] = lambda body: body + f"{PSEUDONYM},Friederike\n".encode()


@mutation("residue", private=True)
def the_name_in_a_parquet_table(plan: Draft) -> None:
    rows = [{"participant": PSEUDONYM, "note": "seen by Muellerstein"}]
    plan.objects["tables/dm.parquet"] = lambda _: parquet(rows)


@mutation("residue", private=True)
def the_mail_address_in_the_evidence(plan: Draft) -> None:
    plan.objects["evidence/deidentification.json"] = lambda _: b'{"kept": "f.muellerstein@example.org"}\n'


@mutation("residue", private=True)
def the_patient_id_in_an_objects_name(plan: Draft) -> None:
    plan.extra["tables/PAT-778812.csv"] = b"age\n64\n"


@mutation("residue", private=True)
def another_participants_full_name(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest Zbigniew Kowalczyk"


@mutation("residue", private=True)
def another_participants_family_name(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest kowalczyk"


@mutation("residue", private=True)
def another_participants_id(plan: Draft) -> None:
    plan.objects["tables/dm.csv"] = lambda body: body + b"see,PAT-990017\n"


# --- around the pixels, from nowhere ------------------------------------------------------------------------------


def _frames_with(segment: bytes) -> Change:
    """Source and released frames carry the same bytes that are no pixels."""

    def change(plan: Draft) -> None:
        frame = bytes(imagecodecs.jpeg8_encode(np.zeros((16, 16), np.uint8)))
        frame = frame[:2] + segment + frame[2:] if segment[:1] == b"\xff" else frame + segment
        for ds in (plan.xa, plan.sources["1.2.3.4.3.1"]):
            ds.PixelData = encapsulate([frame, frame])
            ds["PixelData"].is_undefined_length = True

    return change


@mutation("pixels")
def a_jpeg_comment_left_as_it_was(plan: Draft) -> None:
    _frames_with(b"\xff\xfe\x00\x08ward 3")(plan)


@mutation("pixels")
def an_application_segment_left_as_it_was(plan: Draft) -> None:
    _frames_with(b"\xff\xe1\x00\x08Exif\0\1")(plan)


@mutation("pixels")
def a_thumbnail_in_the_jfif_segment(plan: Draft) -> None:
    _frames_with(b"\xff\xe0\x00\x13JFIF\0\1\1\0\0\1\0\1\1\1\7\7\7")(plan)


@mutation("pixels")
def bytes_behind_the_end_of_a_jpeg(plan: Draft) -> None:
    _frames_with(b"ward 3")(plan)


@mutation("pixels")
def bytes_behind_the_last_native_pixel(plan: Draft) -> None:
    for ds in (plan.ct, plan.sources[FIRST]):
        ds.PixelData = bytes(ds.PixelData) + b"ward"


@mutation("uid", private=True)
def a_mapped_looking_source_uid_that_was_kept(plan: Draft) -> None:
    for ds in (plan.ct, plan.sources[FIRST]):
        ds.add_new(0x00080014, "UI", "2.25.77")


@mutation("origin", private=True)
def a_number_that_the_source_does_not_have(plan: Draft) -> None:
    plan.ct.Exposure = "44"


@mutation("origin", private=True)
def a_word_that_the_source_does_not_have(plan: Draft) -> None:
    plan.ct.BodyPartExamined = "CHEST"


@mutation("attestation")
def a_method_that_was_not_used(plan: Draft) -> None:
    plan.ct.DeidentificationMethodCodeSequence[0].CodeValue = "113101"
    more = copy.deepcopy(plan.ct.DeidentificationMethodCodeSequence[1])
    more.CodeValue = "113100"
    plan.ct.DeidentificationMethodCodeSequence.append(more)


# --- mapping, references, completeness ----------------------------------------------------------------------------


@mutation("mapping", private=True)
def two_source_uids_made_one(plan: Draft) -> None:
    plan.ct.FrameOfReferenceUID = uid("1.2.3.4.10")


@mutation("mapping", private=True)
def one_source_uid_made_two(plan: Draft) -> None:
    plan.ct.FrameOfReferenceUID = uid("somewhere else")


@mutation("mapping", private=True)
def a_reference_to_the_wrong_image(plan: Draft) -> None:
    plan.rt.ROIContourSequence[0].ContourImageSequence[0].ReferencedSOPInstanceUID = uid("1.2.3.4.1.3")


@mutation("mapping", private=True)
def an_instance_nobody_submitted(plan: Draft) -> None:
    plan.unknown.add(FIRST)


@mutation("reference", private=True)
def a_referenced_image_lost(plan: Draft) -> None:
    plan.left_out.add("1.2.3.4.1.2")


@mutation("complete", private=True)
def an_instance_of_which_nobody_knows_what_became(plan: Draft) -> None:
    plan.left_out.add("1.2.3.4.1.3")
    plan.lost.add("1.2.3.4.1.3")


@mutation("complete", private=True)
def an_instance_lost(plan: Draft) -> None:
    plan.left_out.add("1.2.3.4.1.3")


# --- intervals ----------------------------------------------------------------------------------------------------


@mutation("interval", private=True)
def a_date_unshifted(plan: Draft) -> None:
    plan.ct.SeriesDate = "20200305"


@mutation("interval", private=True)
def a_date_shifted_by_a_day_too_many(plan: Draft) -> None:
    plan.rt.StructureSetDate = str(int(plan.rt.StructureSetDate) + 1)


@mutation("interval", private=True)
def a_date_and_time_unshifted(plan: Draft) -> None:
    plan.ct.AcquisitionDateTime = "20200305101112.5"


@mutation("interval", private=True)
def a_time_changed(plan: Draft) -> None:
    plan.ct.StudyTime = "101113"


@mutation("interval", private=True)
def the_source_date_in_a_description(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest 20200305"


@mutation("interval", private=True)
def the_source_date_as_iso_in_a_description(plan: Draft) -> None:
    plan.ct.SeriesDescription = "chest 2020-03-05"


# --- what interpretation needs, and pixels ------------------------------------------------------------------------


@mutation("needed", private=True)
def the_spacing_changed(plan: Draft) -> None:
    plan.ct.PixelSpacing = [0.7, 0.8]


@mutation("needed", private=True)
def the_position_lost(plan: Draft) -> None:
    del plan.ct.ImagePositionPatient


@mutation("needed", private=True)
def the_rescale_intercept_changed(plan: Draft) -> None:
    plan.ct.RescaleIntercept = "-1000"


@mutation("needed", private=True)
def a_number_of_the_header_changed(plan: Draft) -> None:
    plan.ct.InstanceNumber = "7"


@mutation("needed", private=True)
def the_number_of_a_region_changed(plan: Draft) -> None:
    plan.rt.StructureSetROISequence[0].ROINumber = "4"


@mutation("pixels", private=True)
def two_pixels_swapped(plan: Draft) -> None:
    plan.ct.PixelData = plan.ct.PixelData[2:4] + plan.ct.PixelData[:2] + plan.ct.PixelData[4:]


@mutation("pixels", private=True)
def a_bit_of_a_pixel(plan: Draft) -> None:
    plan.ct.PixelData = plan.ct.PixelData[:-1] + bytes([plan.ct.PixelData[-1] ^ 1])


@mutation("pixels", private=True)
def pixels_taken_away(plan: Draft) -> None:
    del plan.ct.PixelData


@mutation("pixels", private=True)
def a_compressed_frame_of_another_image(plan: Draft) -> None:
    import imagecodecs
    import numpy as np

    frame = bytes(imagecodecs.jpeg8_encode(np.zeros((16, 16), np.uint8)))
    plan.xa.PixelData = encapsulate([frame, frame])
    plan.xa["PixelData"].is_undefined_length = True


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_release_fails_by_the_right_rule(name: str, tmp_path: Path) -> None:
    rule, _, change = MUTATIONS[name]
    plan = draft()
    change(plan)
    certificate = prove(plan, tmp_path)
    assert not certificate.passed
    assert rule in {finding.rule for finding in certificate.failures}


@pytest.mark.parametrize("name", [name for name, (_, private, _) in MUTATIONS.items() if not private])
def test_what_the_public_side_can_see_it_sees_without_the_private_one(name: str, tmp_path: Path) -> None:
    rule, _, change = MUTATIONS[name]
    plan = draft()
    change(plan)
    assert rule in {finding.rule for finding in prove(plan, tmp_path, private=False).failures}


@pytest.mark.parametrize("private", [True, False])
def test_the_unbroken_release_is_proved(private: bool, tmp_path: Path) -> None:
    certificate = prove(draft(), tmp_path, private=private)
    assert certificate.findings == ()
    assert certificate.passed


def test_no_finding_carries_a_value(tmp_path: Path) -> None:
    secrets = ("llerstein", "friederike", "kowalczyk", "pat-778812", "44556677", "20200305", "19560214", "1.2.3.4.")
    for name, (_, _, change) in MUTATIONS.items():
        plan = draft()
        change(plan)
        findings = json.dumps(prove(plan, tmp_path / name).document()["findings"]).lower()
        assert not [secret for secret in secrets if secret in findings], name


def test_there_are_enough_ways_to_break_it() -> None:
    assert len(MUTATIONS) >= 100
