"""The run on disk: the one place that knows its format. FORMAT.md beside this file is the whole contract.

    from recorder.runfile import read_records

    for record in read_records(Path("runs/20261123-103005-baseline-3f9a")):
        print(record.epoch, record.logs["loss"], record.tallies[0].histogram.sum())

It needs neither Keras nor matplotlib, and is the only part of `recorder` that `viewer` imports.
"""

from typing import TYPE_CHECKING

from .lazy import lazily

if TYPE_CHECKING:
    from .adder import RunFileAdder
    from .additions import Additions, by_point, read_additions, read_manifest, with_added
    from .attempts import Attempts
    from .beginning import begin_line
    from .claims import writer_lives
    from .codec import decode_line, decode_part, decode_parts, from_iso
    from .counts_in_logs import tallies_in_logs
    from .door import open_regular, read_regular
    from .errors import ReplacedError, RunBusyError, RunFormatError, SentenceError
    from .kinds import KINDS, ONE_VS_REST, TINY, kind_of, not_denormal
    from .labels import NO_LABEL
    from .layout import ADDITIONS, LINES, MANIFEST, Part, all_parts, is_run, merged_parts, name_in_folder, pending_parts
    from .names import path_part, shown, shown_lines, slug
    from .output_kind import OutputKind, decision_edge
    from .part_reader import PartReader
    from .parts import observed_of, samples_of, split_epochs, tallies_of
    from .processes import process_lives, process_started
    from .reader import committed, read_lines, read_records
    from .records import EpochRecord, SampleIds, Samples, Tally, counts_at, counts_of_matrix, four_counts, score_classes
    from .sample_ids import LONGEST_ID, MOST_CHARACTERS, MOST_IDS, read_ids
    from .schema import (
        FORMAT_VERSION,
        MOST_GROUPS,
        MOST_OF_GROUPS,
        AddLine,
        BeginLine,
        CountsRow,
        EndLine,
        EpochHead,
        EpochLine,
        EpochNumbers,
        Head,
        Line,
        Manifest,
        Numbers,
        Output,
        Unit,
    )
    from .store import Durability, RunFileWriter
    from .tail import Tail
    from .tally_table import ARGMAX_COLUMNS, HISTOGRAM_COLUMNS, MATRIX_COLUMNS, WEIGHT_COLUMNS, TallyRows, tally_rows
    from .whole_samples import MOST_RANKED, TOP_K, counted_ks, place_of_rank, places_of

__all__ = [
    "ADDITIONS",
    "ARGMAX_COLUMNS",
    "FORMAT_VERSION",
    "HISTOGRAM_COLUMNS",
    "KINDS",
    "LINES",
    "LONGEST_ID",
    "MANIFEST",
    "MATRIX_COLUMNS",
    "MOST_CHARACTERS",
    "MOST_GROUPS",
    "MOST_IDS",
    "MOST_OF_GROUPS",
    "MOST_RANKED",
    "NO_LABEL",
    "ONE_VS_REST",
    "TINY",
    "TOP_K",
    "WEIGHT_COLUMNS",
    "AddLine",
    "Additions",
    "Attempts",
    "BeginLine",
    "CountsRow",
    "Durability",
    "EndLine",
    "EpochHead",
    "EpochLine",
    "EpochNumbers",
    "EpochRecord",
    "Head",
    "Line",
    "Manifest",
    "Numbers",
    "Output",
    "OutputKind",
    "Part",
    "PartReader",
    "ReplacedError",
    "RunBusyError",
    "RunFileAdder",
    "RunFileWriter",
    "RunFormatError",
    "SampleIds",
    "Samples",
    "SentenceError",
    "Tail",
    "Tally",
    "TallyRows",
    "Unit",
    "all_parts",
    "begin_line",
    "by_point",
    "committed",
    "counted_ks",
    "counts_at",
    "counts_of_matrix",
    "decision_edge",
    "decode_line",
    "decode_part",
    "decode_parts",
    "four_counts",
    "from_iso",
    "is_run",
    "kind_of",
    "merged_parts",
    "name_in_folder",
    "not_denormal",
    "observed_of",
    "open_regular",
    "path_part",
    "pending_parts",
    "place_of_rank",
    "places_of",
    "process_lives",
    "process_started",
    "read_additions",
    "read_ids",
    "read_lines",
    "read_manifest",
    "read_records",
    "read_regular",
    "samples_of",
    "score_classes",
    "shown",
    "shown_lines",
    "slug",
    "split_epochs",
    "tallies_in_logs",
    "tallies_of",
    "tally_rows",
    "with_added",
    "writer_lives",
]
if not TYPE_CHECKING:  # what draws wants a few names, and not pyarrow
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "adder": "RunFileAdder",
            "additions": "Additions by_point read_additions read_manifest with_added",
            "attempts": "Attempts",
            "beginning": "begin_line",
            "claims": "writer_lives",
            "codec": "decode_line decode_part decode_parts from_iso",
            "counts_in_logs": "tallies_in_logs",
            "door": "open_regular read_regular",
            "errors": "ReplacedError RunBusyError RunFormatError SentenceError",
            "kinds": "KINDS ONE_VS_REST TINY kind_of not_denormal",
            "labels": "NO_LABEL",
            "layout": "ADDITIONS LINES MANIFEST Part all_parts is_run merged_parts name_in_folder pending_parts",
            "names": "path_part shown shown_lines slug",
            "output_kind": "OutputKind decision_edge",
            "part_reader": "PartReader",
            "parts": "observed_of samples_of split_epochs tallies_of",
            "processes": "process_lives process_started",
            "reader": "committed read_lines read_records",
            "records": "EpochRecord SampleIds Samples Tally counts_at counts_of_matrix four_counts score_classes",
            "sample_ids": "LONGEST_ID MOST_CHARACTERS MOST_IDS read_ids",
            "schema": "FORMAT_VERSION MOST_GROUPS MOST_OF_GROUPS AddLine BeginLine CountsRow EndLine EpochHead "
            "EpochLine EpochNumbers Head Line Manifest Numbers Output Unit",
            "store": "Durability RunFileWriter",
            "tail": "Tail",
            "tally_table": "ARGMAX_COLUMNS HISTOGRAM_COLUMNS MATRIX_COLUMNS WEIGHT_COLUMNS TallyRows tally_rows",
            "whole_samples": "MOST_RANKED TOP_K counted_ks place_of_rank places_of",
        },
    )
