"""Factur-X (ZUGFeRD): the print of an invoice as PDF/A-3, with its XML inside. The print itself stays as it is.

What PDF/A-3b forbids of our prints is taken out: transitions, and a font that is declared and never drawn with.
Each date is that of the issue, so that the same invoice gives the same bytes.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from hashlib import md5
from xml.sax.saxutils import escape

from PIL import ImageCms
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

FILE = "factur-x.xml"
FACTUR_X_XMP = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"

#: A date inside the colour profile that the library sets to now.
PROFILE_DATE = slice(24, 36)


def write_factur_x(pdf: bytes, xml: bytes, *, title: str, at: datetime) -> bytes:
    """The print with the XML attached, as PDF/A-3b."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    for page in writer.pages:
        page.pop("/Trans", None)
        point_to_embedded_fonts(page)
    catalog = writer.root_object
    attached = writer._add_object(file_specification(writer, xml, at))
    names = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject(FILE), attached])})
    catalog[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): names})
    catalog[NameObject("/AF")] = ArrayObject([attached])
    catalog[NameObject("/OutputIntents")] = ArrayObject([writer._add_object(output_intent(writer))])
    catalog[NameObject("/Metadata")] = writer._add_object(metadata_stream(title, at))
    writer.metadata = None
    writer.pdf_header = "%PDF-1.7"
    identifier = ByteStringObject(md5(pdf + xml, usedforsecurity=False).digest())
    writer._ID = ArrayObject([identifier, identifier])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def xml_inside(pdf: bytes) -> bytes:
    """The XML that such a PDF carries. Raises ValueError where it carries none."""
    try:
        return bytes(PdfReader(io.BytesIO(pdf)).attachments[FILE][0])
    except (PyPdfError, LookupError) as error:
        raise ValueError(f"no {FILE} inside") from error


def point_to_embedded_fonts(page: DictionaryObject) -> None:
    """A page names Helvetica, which is not embedded, and draws nothing with it: its name stands for another font."""
    resources = page["/Resources"].get_object()
    assert isinstance(resources, DictionaryObject)
    fonts = resources.get("/Font", DictionaryObject()).get_object()
    assert isinstance(fonts, DictionaryObject)
    embedded = [fonts.raw_get(name) for name in fonts if is_embedded(fonts[name])]
    for name in [name for name in fonts if not is_embedded(fonts[name])]:
        if embedded:
            fonts[NameObject(name)] = embedded[0]


def is_embedded(font: object) -> bool:
    found = font.get_object() if isinstance(font, IndirectObject) else font
    assert isinstance(found, DictionaryObject)
    if "/DescendantFonts" in found:
        inner = found["/DescendantFonts"].get_object()
        assert isinstance(inner, ArrayObject)
        return is_embedded(inner[0])
    descriptor = found.get("/FontDescriptor", DictionaryObject()).get_object()
    assert isinstance(descriptor, DictionaryObject)
    return any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3"))


def file_specification(writer: PdfWriter, xml: bytes, at: datetime) -> DictionaryObject:
    stream = DecodedStreamObject()
    stream.set_data(xml)
    moment = TextStringObject(at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    stream[NameObject("/Subtype")] = NameObject("/text/xml")
    size = {NameObject("/Size"): NumberObject(len(xml)), NameObject("/ModDate"): moment}
    stream[NameObject("/Params")] = DictionaryObject(size)
    kept = writer._add_object(stream)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/F"): TextStringObject(FILE),
            NameObject("/UF"): TextStringObject(FILE),
            NameObject("/Desc"): TextStringObject("Factur-X"),
            NameObject("/AFRelationship"): NameObject("/Alternative"),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): kept, NameObject("/UF"): kept}),
        }
    )


def output_intent(writer: PdfWriter) -> DictionaryObject:
    profile = DecodedStreamObject()
    profile.set_data(colour_profile())
    profile[NameObject("/N")] = NumberObject(3)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/OutputIntent"),
            NameObject("/S"): NameObject("/GTS_PDFA1"),
            NameObject("/OutputConditionIdentifier"): TextStringObject("sRGB"),
            NameObject("/Info"): TextStringObject("sRGB"),
            NameObject("/DestOutputProfile"): writer._add_object(profile),
        }
    )


@cache
def colour_profile() -> bytes:
    """sRGB, dated 1 January 2000."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[PROFILE_DATE] = bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    return bytes(profile)


def metadata_stream(title: str, at: datetime) -> DecodedStreamObject:
    stream = DecodedStreamObject()
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stream.set_data(XMP.format(title=escape(title), moment=moment, file=FILE, fx=FACTUR_X_XMP).encode())
    stream[NameObject("/Type")] = NameObject("/Metadata")
    stream[NameObject("/Subtype")] = NameObject("/XML")
    return stream


def describe_property(name: str, text: str) -> str:
    return (
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
    )


PROPERTIES = "".join(
    [
        describe_property("DocumentFileName", "The name of the embedded XML document"),
        describe_property("DocumentType", "The type of the hybrid document"),
        describe_property("Version", "The version of the standard"),
        describe_property("ConformanceLevel", "The conformance level of the XML"),
    ]
)
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
    "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>"
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description>'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
    "<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate></rdf:Description>"
    '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
    "<pdfaSchema:namespaceURI>{fx}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    f"<pdfaSchema:property><rdf:Seq>{PROPERTIES}</rdf:Seq></pdfaSchema:property>"
    "</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
    '<rdf:Description rdf:about="" xmlns:fx="{fx}"><fx:DocumentType>INVOICE</fx:DocumentType>'
    "<fx:DocumentFileName>{file}</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
    "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
