-- phpMyAdmin SQL Dump
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";

CREATE TABLE `artikel` (
  `id` int(11) NOT NULL,
  `judul` varchar(100) NOT NULL,
  `isi` text NOT NULL,
  `tanggal` date
) ENGINE=InnoDB;

INSERT INTO `artikel` (`id`, `judul`, `isi`, `tanggal`) VALUES
(1, 'Jum\'at Bersih di Kampung Nelayan', 'Warga memungut sampah; lalu makan bersama.\r\n\r\n\"Segar,\" kata seorang ibu.', '2019-03-01'),
(2, 'Lomba Cerita Rakyat', 'Anak-anak bercerita ''tanpa naskah''.', NULL);

INSERT INTO `kata` (`id`, `kata`) VALUES (1, 'warga'), (2, 'ibu');
