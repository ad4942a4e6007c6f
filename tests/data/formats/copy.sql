--
-- PostgreSQL database dump
--
SET client_encoding = 'UTF8';
COPY public.berita (id, judul, isi) FROM stdin;
31	Puskesmas Apung Berlayar	Kapal itu singgah\ndi enam pulau.
32	Dokter Muda Bertugas	\N
\.
